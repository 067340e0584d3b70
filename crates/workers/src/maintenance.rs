//! Maintenance: work that falls due by time, and daily work, with or without a mail server.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use persistence::{Store, UnixMicros, worker_name};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::WorkersError;
use crate::alarm::{Alarm, next_alarm, ring};
use crate::queue::queue;
use crate::room::Clock;
use crate::team::Team;

/// The time that an older binary may keep running beside this one after this one starts. A binary from before
/// compaction cannot read compacted facts.
const SETTLING_IN: Duration = Duration::from_hours(1);

/// The result of a check of the clock.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    is_in_doubt: bool,
}

/// The time for which a check without doubt holds.
const BELIEVED_FOR: Duration = Duration::from_mins(1);

/// The time after which a check that found a doubt is repeated.
const DOUBTED_FOR: Duration = Duration::from_mins(2);

/// Maintenance that is not running yet. It owes what falls due by time alone, and once a day the digest; it prunes and
/// compacts.
pub struct Maintenance {
    pub(crate) store: Store,
    /// Wakes the alarm: something was learned that may have set an earlier one.
    pub(crate) learned: Arc<Notify>,
    /// The time of the start by the monotonic clock, which nobody sets.
    pub(crate) started: Instant,
    owed: Box<dyn Fn() + Send + Sync>,
    clock: Clock,
    /// The last check of the clock.
    look: Mutex<Option<Look>>,
    digested_day: AtomicI64,
}

/// Maintenance that is running.
#[derive(Debug)]
pub struct RunningMaintenance {
    learned: Arc<Notify>,
    team: Team,
}

impl Maintenance {
    /// Makes the maintenance of this database. It calls `owed` when a notice may have become owed.
    pub fn new(store: Store, clock: Clock, owed: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            store,
            learned: Arc::new(Notify::new()),
            started: Instant::now(),
            owed: Box::new(owed),
            clock,
            look: Mutex::default(),
            digested_day: AtomicI64::new(i64::MIN),
        }
    }

    /// Starts it. Work in progress may take `shutdown` longer once it is stopped.
    pub fn start(self, shutdown: Duration) -> RunningMaintenance {
        let learned = Arc::clone(&self.learned);
        let (maintenance, name) = (Arc::new(self), worker_name());
        let monitor = Monitor::new().register(move |restarts| {
            let (waiting, ringing) = (Arc::clone(&maintenance), Arc::clone(&maintenance));
            WorkerBuilder::new(format!("alarm-{name}-{restarts}"))
                .backend(queue(move || {
                    let maintenance = Arc::clone(&waiting);
                    async move { next_alarm(&maintenance).await }
                }))
                .concurrency(1)
                .catch_panic()
                .enable_tracing()
                .build(move |alarm: Alarm| {
                    let maintenance = Arc::clone(&ringing);
                    async move { ring(&maintenance, alarm).await }
                })
        });
        RunningMaintenance {
            learned,
            team: Team::start(monitor, watch::Sender::new(false), shutdown),
        }
    }

    pub(crate) fn now(&self) -> UnixMicros {
        (self.clock)()
    }

    pub(crate) fn tell_owed(&self) {
        (self.owed)();
    }

    /// Returns true once the instances that this one may be replacing are gone.
    pub(crate) fn is_settled_in(&self) -> bool {
        self.started.elapsed() >= SETTLING_IN
    }

    /// Returns true if a recent check found no reason to doubt the clock.
    pub(crate) fn is_clock_believed(&self) -> bool {
        let look = self.last_look();
        look.is_some_and(|look| !look.is_in_doubt && look.at.elapsed() < BELIEVED_FOR)
    }

    pub(crate) fn believe_clock(&self) {
        self.looked(false);
    }

    /// Notes a reason to doubt the clock. Nothing falls due for a while, and then the end of the day is checked again.
    pub(crate) fn doubt_clock(&self) {
        self.digested_day.store(i64::MIN, Ordering::Relaxed);
        self.looked(true);
    }

    pub(crate) async fn wait_while_in_doubt(&self) {
        if let Some(look) = self.last_look().filter(|look| look.is_in_doubt) {
            tokio::time::sleep_until(look.at + DOUBTED_FOR).await;
        }
    }

    fn last_look(&self) -> Option<Look> {
        *self.look.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn looked(&self, is_in_doubt: bool) {
        let at = Instant::now();
        *self.look.lock().unwrap_or_else(PoisonError::into_inner) = Some(Look { at, is_in_doubt });
    }

    /// Returns true the first time that it is called with this day.
    pub(crate) fn day_is_over(&self, today: i64) -> bool {
        self.digested_day.swap(today, Ordering::Relaxed) != today
    }
}

impl fmt::Debug for Maintenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Maintenance").finish_non_exhaustive()
    }
}

impl RunningMaintenance {
    /// Returns a function that tells the maintenance that something was learned, so that something may fall due sooner.
    pub fn bell(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let learned = Arc::clone(&self.learned);
        move || learned.notify_one()
    }

    /// Starts nothing more, and waits for the work in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if it had already ended.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.team.stop().await
    }
}
