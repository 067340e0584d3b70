//! The work that falls due by time alone, and the state that its worker needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use persistence::{Store, StoreError, UnixMicros};
use subscription::DAY_SECS;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Clock;
use crate::clock_trust::ClockTrust;
use crate::housekeeping::{compact, prune};

/// The longest wait between polls, because a fact learned meanwhile may make something fall due earlier.
const POLL: Duration = Duration::from_secs(30);
/// The wait after something was learned. Each look takes a turn from the deliveries, so there are few under load.
const GATHERING: Duration = Duration::from_millis(100);
/// The time that an older binary may keep running beside this one after this one starts. A binary from before
/// compaction cannot read compacted facts.
const SETTLING_IN: Duration = Duration::from_hours(1);

/// The kind of work that fell due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DueWork {
    /// Notices of customers.
    Customers,
    /// The end of a day.
    Day,
}

/// The state of the maintenance.
pub(crate) struct MaintenanceContext {
    store: Store,
    /// Wakes the worker: something was learned that may fall due earlier.
    pub(crate) learned: Arc<Notify>,
    /// The time of the start by the monotonic clock, which nobody sets.
    started: Instant,
    owed: Box<dyn Fn() + Send + Sync>,
    clock: Clock,
    clock_trust: ClockTrust,
    digested_day: AtomicI64,
}

impl MaintenanceContext {
    /// Makes the state. `owed` is called when a notice may have become owed.
    pub(crate) fn new(store: Store, clock: Clock, owed: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            store,
            learned: Arc::new(Notify::new()),
            started: Instant::now(),
            owed: Box::new(owed),
            clock,
            clock_trust: ClockTrust::new(),
            digested_day: AtomicI64::new(i64::MIN),
        }
    }

    /// Waits until something falls due.
    pub(crate) async fn next(&self) -> DueWork {
        loop {
            self.clock_trust.wait_while_in_doubt().await;
            let now = self.now().to_unix_seconds();
            if self.day_is_over(now.as_secs().div_euclid(DAY_SECS)) {
                return DueWork::Day;
            }
            let patience = match self.store.outbox().next_due_at().await {
                Ok(Some(at)) if at <= now => return DueWork::Customers,
                Ok(at) => {
                    let secs = at.and_then(|at| u64::try_from(at.as_secs() - now.as_secs()).ok());
                    secs.map_or(POLL, |secs| POLL.min(Duration::from_secs(secs)))
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "cannot look for what falls due");
                    POLL
                }
            };
            if tokio::time::timeout(patience, self.learned.notified()).await.is_ok() {
                tokio::time::sleep(GATHERING).await;
            }
        }
    }

    /// Records what fell due as owed, if the clock can be trusted.
    pub(crate) async fn run(&self, work: DueWork) {
        let done = match (self.clock_trust.doubt(&self.store, self.now()).await, work) {
            (Ok(None), DueWork::Customers) => self.store.outbox().owe_due(self.now()).await.map(drop),
            (Ok(None), DueWork::Day) => self.end_day().await,
            (Ok(Some(doubt)), _) => {
                tracing::warn!("nothing falls due, and nothing is deleted, while the clock is in doubt: {doubt}");
                // The end of the day is checked again after a while.
                self.digested_day.store(i64::MIN, Ordering::Relaxed);
                return;
            }
            (Err(error), _) => Err(error),
        };
        match done {
            Ok(()) => (self.owed)(),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot owe what fell due");
                tokio::time::sleep(POLL).await;
            }
        }
    }

    /// Does the daily work.
    async fn end_day(&self) -> Result<(), StoreError> {
        self.store.outbox().owe_digest(self.now()).await?;
        let pruned = prune(&self.store, self.now()).await?;
        tracing::info!(pruned, "bodies that expired are deleted");
        if self.is_settled_in() {
            let compacted = compact(&self.store, self.now()).await?;
            tracing::info!(compacted, "old facts are folded into one for each subscription");
        }
        Ok(())
    }

    fn now(&self) -> UnixMicros {
        (self.clock)()
    }

    /// Returns true once the instances that this one may be replacing are gone.
    fn is_settled_in(&self) -> bool {
        self.started.elapsed() >= SETTLING_IN
    }

    /// Returns true the first time that it is called with this day.
    fn day_is_over(&self, today: i64) -> bool {
        self.digested_day.swap(today, Ordering::Relaxed) != today
    }
}
