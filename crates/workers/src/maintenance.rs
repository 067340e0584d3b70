//! What falls due by time, and what is done once a day, whether mail goes anywhere or not.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use persistence::{Store, UnixMicros};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::alarm::{Alarm, next_alarm, ring};
use crate::queue::queue;
use crate::room::Clock;
use crate::team::Team;
use crate::{WorkersError, own_name};

/// How long an older binary may still be at work beside this one, once this one has started. Compacted facts are not
/// readable to one that is older than compaction.
const SETTLING_IN: Duration = Duration::from_hours(1);

/// A look at what speaks against the clock.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    is_in_doubt: bool,
}

/// One that found nothing holds for so long.
const BELIEVED_FOR: Duration = Duration::from_mins(1);

/// One that found something is repeated after so long.
const DOUBTED_FOR: Duration = Duration::from_mins(2);

/// Owes what falls due by time alone, and once a day the digest; prunes and compacts. Not yet at work.
pub struct Maintenance {
    pub(crate) store: Store,
    /// Something was learned that may set an alarm.
    pub(crate) learned: Arc<Notify>,
    /// By the machine's time, which nobody sets.
    pub(crate) started: Instant,
    owed: Box<dyn Fn() + Send + Sync>,
    clock: Clock,
    /// The last look at what speaks against the clock.
    look: Mutex<Option<Look>>,
    digested_day: AtomicI64,
}

/// Maintenance at work.
#[derive(Debug)]
pub struct RunningMaintenance {
    learned: Arc<Notify>,
    team: Team,
}

impl Maintenance {
    /// Maintenance of this database. `owed` is called when a notice may have come to be owed.
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

    /// Sets it to work. `shutdown` is for how long what is under way may go on once it is to stop.
    pub fn start(self, shutdown: Duration) -> RunningMaintenance {
        let learned = Arc::clone(&self.learned);
        let (maintenance, name) = (Arc::new(self), own_name());
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

    /// Whether the instances that this one may be replacing are gone.
    pub(crate) fn is_settled_in(&self) -> bool {
        self.started.elapsed() >= SETTLING_IN
    }

    /// Whether it is not long ago that there was no reason to doubt the clock.
    pub(crate) fn is_clock_believed(&self) -> bool {
        let look = self.last_look();
        look.is_some_and(|look| !look.is_in_doubt && look.at.elapsed() < BELIEVED_FOR)
    }

    pub(crate) fn believe_clock(&self) {
        self.looked(false);
    }

    /// There is reason to doubt the clock: for a while nothing falls due, and then the day is looked at again.
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

    /// Whether this is the first time that this day is seen.
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
    /// A way to say that something was learned, and something may fall due sooner.
    pub fn bell(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let learned = Arc::clone(&self.learned);
        move || learned.notify_one()
    }

    /// Begins nothing more, and waits for what is under way.
    ///
    /// # Errors
    /// [`WorkersError`] where it had ended before.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.team.stop().await
    }
}
