//! A mail server that cannot be used: since when, and why, where every process can read it.

use std::sync::atomic::{AtomicBool, Ordering};

use mail::SendError;
use persistence::{Store, UnixMicros};

/// Whether the mail server could be used the last time, as this process knows.
#[derive(Debug)]
pub(crate) struct Outage {
    may_go_on: AtomicBool,
}

impl Default for Outage {
    /// Another process, or this one before it was started again, may have left word of one.
    fn default() -> Self {
        Self {
            may_go_on: AtomicBool::new(true),
        }
    }
}

impl Outage {
    /// The server can be used. Word of an outage is taken back, if there is one.
    pub(crate) async fn is_over(&self, store: &Store) {
        if !self.may_go_on.swap(false, Ordering::Relaxed) {
            return;
        }
        match store.end_mail_outage().await {
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

    /// The server cannot be used, for this reason.
    pub(crate) async fn goes_on(&self, store: &Store, error: &SendError, now: UnixMicros) {
        self.may_go_on.store(true, Ordering::Relaxed);
        match store.note_mail_outage(&error.to_string(), now).await {
            Ok(true) => tracing::warn!(cause = %error, "the mail server cannot be used; notices wait, and are tried again"),
            Ok(false) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot note that the mail server fails"
            ),
        }
    }
}
