//! An outage of the mail server: its start and its reason, where every process can read them.

use std::sync::atomic::{AtomicBool, Ordering};

use mail::SendError;
use persistence::{Store, UnixMicros};

/// This process's knowledge of whether the mail server could be used the last time.
#[derive(Debug)]
pub(crate) struct Outage {
    may_go_on: AtomicBool,
}

impl Default for Outage {
    /// Assumes an outage: another process, or this one before a restart, may have recorded one.
    fn default() -> Self {
        Self {
            may_go_on: AtomicBool::new(true),
        }
    }
}

impl Outage {
    /// Records that the server can be used, and removes the record of an outage if there is one.
    pub(crate) async fn is_over(&self, store: &Store) {
        if !self.may_go_on.swap(false, Ordering::Relaxed) {
            return;
        }
        match store.outbox().end_mail_outage().await {
            Ok(true) => tracing::info!("the mail server can be used again"),
            Ok(false) => {}
            Err(error) => {
                self.may_go_on.store(true, Ordering::Relaxed);
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot take back that the mail server fails"
                );
            }
        }
    }

    /// Records that the server cannot be used, for this reason.
    pub(crate) async fn goes_on(&self, store: &Store, error: &SendError, now: UnixMicros) {
        self.may_go_on.store(true, Ordering::Relaxed);
        match store.outbox().note_mail_outage(&error.to_string(), now).await {
            Ok(true) => tracing::warn!(cause = %error, "the mail server cannot be used; notices wait, and are tried again"),
            Ok(false) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot note that the mail server fails"
            ),
        }
    }
}
