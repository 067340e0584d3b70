//! A handle that wakes a worker from its wait.

use std::sync::Arc;

use tokio::sync::Notify;

/// A handle by which others tell a worker that there may be work. Clones wake the same worker.
#[derive(Clone, Debug)]
pub struct WakeHandle(Arc<Notify>);

impl WakeHandle {
    pub(crate) fn new(notify: &Arc<Notify>) -> Self {
        Self(Arc::clone(notify))
    }

    /// Wakes the worker at once, or before its next wait if it is at work.
    pub fn notify(&self) {
        self.0.notify_one();
    }
}
