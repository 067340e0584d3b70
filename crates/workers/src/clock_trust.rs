//! The trust in the clock. A clock that is ahead would let things fall due, and be deleted, too early.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use persistence::{SignedBy, Store, StoreError, UnixMicros};
use subscription::DAY_SECS;
use tokio::time::Instant;

/// The time for which a check without doubt holds.
const BELIEVED_FOR: Duration = Duration::from_mins(1);
/// The time after which a check that found a doubt is repeated.
const DOUBTED_FOR: Duration = Duration::from_mins(2);
/// The most seconds that the clock may be ahead of the database's.
const AHEAD_SECS: i64 = 60 * 60;
/// The silence of Stripe, in seconds, that casts doubt on the clock. Stripe retries a delivery for three days
/// (<https://docs.stripe.com/webhooks#retries>). After a longer silence either nothing happens there, or the clock is
/// days ahead.
const SILENCE_SECS: i64 = 3 * DAY_SECS;
/// The time that is left, after such a silence, to correct a clock that was wrong from the start, or for a delivery to
/// confirm it.
const CONFIRMED_WITHIN: Duration = Duration::from_hours(1);

/// The knowledge of one process about its clock.
#[derive(Debug)]
pub(crate) struct ClockTrust {
    /// The time of the start by the monotonic clock, which nobody sets.
    started: Instant,
    last_check: Mutex<Option<Check>>,
}

/// The result of a check of the clock.
#[derive(Clone, Copy, Debug)]
struct Check {
    at: Instant,
    is_in_doubt: bool,
}

impl ClockTrust {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            last_check: Mutex::default(),
        }
    }

    /// Returns the reason to suspect that the clock is ahead, if there is one. A check without doubt holds for a while.
    pub(crate) async fn doubt(&self, store: &Store, now: UnixMicros) -> Result<Option<&'static str>, StoreError> {
        let is_believed = |check: Check| !check.is_in_doubt && check.at.elapsed() < BELIEVED_FOR;
        if self.last_check().is_some_and(is_believed) {
            return Ok(None);
        }
        let doubt = self.find_doubt(store, now).await?;
        let check = Check {
            at: Instant::now(),
            is_in_doubt: doubt.is_some(),
        };
        *self.last_check.lock().unwrap_or_else(PoisonError::into_inner) = Some(check);
        Ok(doubt)
    }

    /// Waits until a check that found a doubt is to be repeated.
    pub(crate) async fn wait_while_in_doubt(&self) {
        if let Some(check) = self.last_check().filter(|check| check.is_in_doubt) {
            tokio::time::sleep_until(check.at + DOUBTED_FOR).await;
        }
    }

    fn last_check(&self) -> Option<Check> {
        *self.last_check.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn find_doubt(&self, store: &Store, now: UnixMicros) -> Result<Option<&'static str>, StoreError> {
        let server_time = store.server_time().await?;
        if server_time.is_some_and(|time| time.plus_secs(AHEAD_SECS) < now) {
            return Ok(Some("it is more than an hour ahead of the database's"));
        }
        let hours = store.inbox().delivery_hours().await?;
        let last = |is: &dyn Fn(&SignedBy) -> bool| hours.iter().rev().find(|hour| is(&hour.signed_by)).map(|hour| hour.hour);
        let last_taken = last(&SignedBy::is_secret);
        if last_taken.is_none_or(|taken| taken.plus_secs(SILENCE_SECS) > now) {
            return Ok(None);
        }
        if self.started.elapsed() < CONFIRMED_WITHIN {
            return Ok(Some(
                "no delivery has come for days; in an hour it is believed, or with the next delivery",
            ));
        }
        let last_refused = last(&|by| *by == SignedBy::AtAnotherTime);
        let is_refuted = last_refused.is_some_and(|refused| refused.plus_secs(DAY_SECS) > now);
        Ok(is_refuted.then_some("deliveries come that were signed days ago"))
    }
}
