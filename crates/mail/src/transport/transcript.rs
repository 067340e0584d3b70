//! What was said to a mail server and what it answered, for somebody who looks for a fault.

use std::sync::{Arc, Mutex, PoisonError};

/// A conversation, line by line, while it goes on. Passwords are not in it. Clones write the same one.
#[derive(Clone, Debug, Default)]
pub struct Transcript(Arc<Mutex<Vec<String>>>);

impl Transcript {
    /// What was said so far: ours after `>`, the server's after `<`.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}
