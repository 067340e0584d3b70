//! Alarms: work that falls due by time alone.

use std::time::Duration;

use persistence::{SignedBy, Store, StoreError, UnixMicros};

use crate::maintenance::Maintenance;

/// The longest wait between polls, because a fact learned meanwhile may have set an earlier alarm.
const POLL: Duration = Duration::from_secs(30);
const DAY_SECS: i64 = 24 * 60 * 60;

/// The kind of work that fell due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// Notices of customers.
    Customers,
    /// The end of a day.
    Day,
}

/// Waits until something falls due.
pub(crate) async fn next_alarm(maintenance: &Maintenance) -> Alarm {
    loop {
        maintenance.wait_while_in_doubt().await;
        let now = maintenance.now().to_unix_seconds();
        if maintenance.day_is_over(now.as_secs().div_euclid(DAY_SECS)) {
            return Alarm::Day;
        }
        let patience = match maintenance.store.next_wake_at().await {
            Ok(Some(at)) if at <= now => return Alarm::Customers,
            Ok(at) => {
                let secs = at.and_then(|at| u64::try_from(at.as_secs() - now.as_secs()).ok());
                secs.map_or(POLL, |secs| POLL.min(Duration::from_secs(secs)))
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot look for alarms");
                POLL
            }
        };
        drop(tokio::time::timeout(patience, maintenance.learned.notified()).await);
    }
}

/// Records what fell due as owed, if the clock can be trusted.
pub(crate) async fn ring(maintenance: &Maintenance, alarm: Alarm) {
    let rung = match (doubt(maintenance).await, alarm) {
        (Ok(None), Alarm::Customers) => maintenance.store.wake_customers(maintenance.now()).await.map(drop),
        (Ok(None), Alarm::Day) => end_day(maintenance).await,
        (Ok(Some(doubt)), _) => {
            tracing::warn!("nothing falls due, and nothing is deleted, while the clock is in doubt: {doubt}");
            maintenance.doubt_clock();
            return;
        }
        (Err(error), _) => Err(error),
    };
    match rung {
        Ok(()) => maintenance.tell_owed(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot owe what fell due");
            tokio::time::sleep(POLL).await;
        }
    }
}

/// The most seconds that the clock may be ahead of the database's.
const AHEAD_SECS: i64 = 60 * 60;
/// The silence of Stripe, in seconds, that casts doubt on the clock. Stripe retries a delivery for three days
/// (<https://docs.stripe.com/webhooks#retries>). After a longer silence either nothing happens there, or the clock is
/// days ahead.
const SILENCE_SECS: i64 = 3 * DAY_SECS;
/// The time that is left, after such a silence, to correct a clock that was wrong from the start, or for a delivery to
/// confirm it.
const CONFIRMED_WITHIN: Duration = Duration::from_hours(1);

/// Returns the reason to suspect that the clock is ahead, if there is one.
async fn doubt(maintenance: &Maintenance) -> Result<Option<&'static str>, StoreError> {
    if maintenance.is_clock_believed() {
        return Ok(None);
    }
    let doubt = find_doubt(maintenance).await?;
    if doubt.is_none() {
        maintenance.believe_clock();
    }
    Ok(doubt)
}

async fn find_doubt(maintenance: &Maintenance) -> Result<Option<&'static str>, StoreError> {
    let now = maintenance.now();
    let server_time = maintenance.store.server_time().await?;
    if server_time.is_some_and(|time| time.plus_secs(AHEAD_SECS) < now) {
        return Ok(Some("it is more than an hour ahead of the database's"));
    }
    let hours = maintenance.store.delivery_hours().await?;
    let last = |is: &dyn Fn(&SignedBy) -> bool| hours.iter().rev().find(|hour| is(&hour.signed_by)).map(|hour| hour.hour);
    let last_taken = last(&SignedBy::is_secret);
    if last_taken.is_none_or(|taken| taken.plus_secs(SILENCE_SECS) > now) {
        return Ok(None);
    }
    if maintenance.started.elapsed() < CONFIRMED_WITHIN {
        return Ok(Some(
            "no delivery has come for days; in an hour it is believed, or with the next delivery",
        ));
    }
    let last_refused = last(&|by| *by == SignedBy::AtAnotherTime);
    let is_refuted = last_refused.is_some_and(|refused| refused.plus_secs(DAY_SECS) > now);
    Ok(is_refuted.then_some("deliveries come that were signed days ago"))
}

/// Does the daily work.
async fn end_day(maintenance: &Maintenance) -> Result<(), StoreError> {
    maintenance.store.owe_digest(maintenance.now()).await?;
    let pruned = prune(&maintenance.store, maintenance.now()).await?;
    tracing::info!(pruned, "bodies that expired are deleted");
    if maintenance.is_settled_in() {
        let compacted = compact(&maintenance.store, maintenance.now()).await?;
        tracing::info!(compacted, "old facts are folded into one for each subscription");
    }
    Ok(())
}

/// The pause after a deleting unit of work, in which deliveries get their turn.
const PAUSE: Duration = Duration::from_millis(20);
/// The number of bodies deleted in one unit of work.
const PRUNED_AT_ONCE: u64 = 500;
/// The number of customers whose facts are compacted in one unit of work.
const COMPACTED_AT_ONCE: usize = 4;

/// Deletes all expired bodies in small portions, and the records of payments that nobody can dispute any more. Returns
/// the number of deleted bodies.
///
/// # Errors
/// [`StoreError`]. Earlier deletions are kept.
pub async fn prune(store: &Store, now: UnixMicros) -> Result<u64, StoreError> {
    let mut pruned = 0;
    store.prune_charges(now).await?;
    loop {
        let portion = store.prune_bodies(PRUNED_AT_ONCE, now).await?;
        pruned += portion;
        if portion < PRUNED_AT_ONCE {
            return Ok(pruned);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Folds all facts behind the horizon into one for each subscription, a few customers at a time. Returns the number of
/// facts removed.
///
/// # Errors
/// [`StoreError`]. Earlier compactions are kept.
pub async fn compact(store: &Store, now: UnixMicros) -> Result<u64, StoreError> {
    let mut compacted = 0;
    let mut after = None;
    loop {
        let (crowded, last) = store.crowded(after.as_ref(), now).await?;
        for few in crowded.chunks(COMPACTED_AT_ONCE) {
            compacted += store.compact_facts(few, now).await?;
            tokio::time::sleep(PAUSE).await;
        }
        if last.is_none() {
            return Ok(compacted);
        }
        after = last;
    }
}
