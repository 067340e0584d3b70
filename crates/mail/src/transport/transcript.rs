//! The transcript of a conversation with a mail server, for troubleshooting.

use std::sync::{Arc, Mutex, PoisonError};

/// A conversation, line by line, as it proceeds. It contains no passwords. Clones write to the same transcript.
#[derive(Clone, Debug, Default)]
pub struct Transcript(Arc<Mutex<Vec<String>>>);

impl Transcript {
    /// Returns the lines so far: Dunlin's after `>`, the server's after `<`, and steps of the connection without a
    /// mark.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}
