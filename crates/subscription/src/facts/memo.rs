//! A value computed from facts and kept until a fact is added.

use std::sync::OnceLock;

/// A value that is computed on first use. It follows from the data beside it, so it plays no part in comparisons.
#[derive(Clone, Debug)]
pub(crate) struct Memo<T>(OnceLock<T>);

impl<T> Memo<T> {
    pub(crate) fn get_or_compute(&self, compute: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(compute)
    }

    /// Drops the value, because the data from which it follows has changed.
    pub(crate) fn forget(&mut self) {
        self.0.take();
    }
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> PartialEq for Memo<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Memo<T> {}
