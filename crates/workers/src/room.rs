//! The post room, put together, run and stopped.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use mail::{Letters, Recipient, Sender, Transport, Url};
use persistence::{Claim, ClaimTerms, Store, Tenant, UnixMicros};
use subscription::{Audience, InvoiceId, Notice};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::alarm::{Alarm, next_alarm, ring};
use crate::delivery::{deliver, next_claim};
use crate::queue::queue;
use crate::team::Team;
use crate::{Backoff, WorkersError, own_name};

/// Reads the time.
pub type Clock = fn() -> UnixMicros;

/// Makes the link by which a tenant can pay an invoice, at this moment; `None` where none can be made.
pub type PayLinks = Arc<dyn Fn(&Tenant, &InvoiceId, UnixMicros) -> Option<Url> + Send + Sync>;

/// By what rules the post room works.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How notices are claimed.
    pub claim: ClaimTerms,
    /// How long to wait after a failure.
    pub backoff: Backoff,
    /// How many letters are under way at once.
    pub concurrency: usize,
    /// How long what is under way may take once the post room is to stop.
    pub shutdown_secs: u64,
    /// Our own people.
    pub team: TeamAddresses,
}

/// Where our own people are written to.
#[derive(Clone, Debug, Default)]
pub struct TeamAddresses {
    /// Those who look after payments and Dunlin.
    pub admin: Vec<Recipient>,
    /// Those who look after customers that left.
    pub sales: Vec<Recipient>,
}

/// All that the workers need, shared by them.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) store: Store,
    pub(crate) letters: Letters,
    pub(crate) transport: Transport,
    pub(crate) sender: Sender,
    pub(crate) rules: Rules,
    pub(crate) worker: String,
    /// A notice was owed.
    pub(crate) owed: Arc<Notify>,
    /// Something was learned that may set an alarm.
    pub(crate) learned: Arc<Notify>,
    pay_links: Links,
    clock: Clock,
    /// By the machine's time, which nobody sets.
    pub(crate) started: Instant,
    /// The last look at what speaks against the clock.
    look: Mutex<Option<Look>>,
    digested_day: AtomicI64,
    /// Notices that this process has claimed and is not done with: a clock that is set does not end their leases.
    in_hand: Mutex<BTreeSet<i64>>,
}

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

/// What makes pay links, if anything does.
#[derive(Default)]
struct Links(Option<PayLinks>);

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Links(some)" } else { "Links(none)" })
    }
}

impl Post {
    /// The link that the letter of this notice leads to, if it is one by which a customer pays.
    pub(crate) fn pay_link(&self, tenant: Option<&Tenant>, notice: &Notice) -> Option<Url> {
        let make = self.pay_links.0.as_ref()?;
        let invoice = notice.invoice().filter(|_| notice.audience() == Audience::Customer)?;
        make(tenant?, invoice, self.now())
    }

    pub(crate) fn now(&self) -> UnixMicros {
        (self.clock)()
    }

    pub(crate) fn again_at(&self, attempt: i64) -> UnixMicros {
        self.now().plus_secs(self.rules.backoff.wait_secs(attempt))
    }

    /// Whether the instances that this one may be replacing are gone.
    pub(crate) fn is_settled_in(&self) -> bool {
        self.started.elapsed() >= SETTLING_IN
    }

    /// How long a claim holds.
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.rules.claim.lease_secs).unwrap_or_default())
    }

    /// Whether it is not long ago that there was no reason to doubt the clock.
    pub(crate) fn is_clock_believed(&self) -> bool {
        let look = self.last_look();
        look.is_some_and(|look| !look.is_in_doubt && look.at.elapsed() < BELIEVED_FOR)
    }

    pub(crate) fn believe_clock(&self) {
        self.looked(false);
    }

    /// Notices that this process is not done with.
    pub(crate) fn in_hand(&self) -> BTreeSet<i64> {
        self.lock_in_hand().clone()
    }

    /// This notice is in hand until the answer is dropped.
    pub(crate) fn take_in_hand(self: &Arc<Self>, notice_id: i64) -> InHand {
        self.lock_in_hand().insert(notice_id);
        InHand {
            post: Arc::clone(self),
            notice_id,
        }
    }

    fn lock_in_hand(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
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

/// A notice in this process's hands.
pub(crate) struct InHand {
    post: Arc<Post>,
    notice_id: i64,
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.post.lock_in_hand().remove(&self.notice_id);
    }
}

/// A notice that was claimed, by when.
pub(crate) struct Taken {
    pub(crate) claim: Box<Claim>,
    /// By the machine's time: the lease lasts so long from here, however the clock is set.
    pub(crate) at: Instant,
    _in_hand: InHand,
}

impl Taken {
    pub(crate) fn new(post: &Arc<Post>, claim: Box<Claim>, at: Instant) -> Self {
        Self {
            _in_hand: post.take_in_hand(claim.lease.notice_id),
            claim,
            at,
        }
    }
}

/// The post room, not yet running.
#[derive(Debug)]
pub struct PostRoom {
    post: Post,
}

/// The post room at work.
#[derive(Debug)]
pub struct RunningPostRoom {
    owed: Arc<Notify>,
    learned: Arc<Notify>,
    team: Team,
}

impl PostRoom {
    /// A post room on this outbox.
    pub fn new(store: Store, letters: Letters, transport: Transport, sender: Sender, rules: Rules, clock: Clock) -> Self {
        Self {
            post: Post {
                store,
                letters,
                transport,
                sender,
                rules,
                worker: own_name(),
                owed: Arc::new(Notify::new()),
                learned: Arc::new(Notify::new()),
                pay_links: Links::default(),
                clock,
                started: Instant::now(),
                digested_day: AtomicI64::new(i64::MIN),
                look: Mutex::default(),
                in_hand: Mutex::default(),
            },
        }
    }

    /// The same with letters that lead to links of our own, made as each is sent, and not to Stripe's as they once were.
    #[must_use]
    pub fn with_pay_links(mut self, links: PayLinks) -> Self {
        self.post.pay_links = Links(Some(links));
        self
    }

    /// Starts the workers.
    pub fn start(self) -> RunningPostRoom {
        let (owed, learned) = (Arc::clone(&self.post.owed), Arc::clone(&self.post.learned));
        let shutdown = Duration::from_secs(self.post.rules.shutdown_secs);
        RunningPostRoom {
            owed,
            learned,
            team: Team::start(self.monitor(), watch::Sender::new(false), shutdown),
        }
    }

    fn monitor(self) -> Monitor {
        let post = Arc::new(self.post);
        // What takes longer than its lease is no longer ours to finish.
        let lease = post.lease();
        let (deliverer, ringer) = (Arc::clone(&post), post);
        Monitor::new()
            .register(move |restarts| {
                let (claiming, post) = (Arc::clone(&deliverer), Arc::clone(&deliverer));
                WorkerBuilder::new(format!("delivery-{}-{restarts}", post.worker))
                    .backend(queue(move || {
                        let post = Arc::clone(&claiming);
                        async move { next_claim(&post).await }
                    }))
                    .concurrency(post.rules.concurrency)
                    .timeout(lease)
                    .catch_panic()
                    .enable_tracing()
                    .build(move |taken: Taken| {
                        let post = Arc::clone(&post);
                        async move { deliver(&post, &taken).await }
                    })
            })
            .register(move |restarts| {
                let (waiting, post) = (Arc::clone(&ringer), Arc::clone(&ringer));
                WorkerBuilder::new(format!("alarm-{}-{restarts}", post.worker))
                    .backend(queue(move || {
                        let post = Arc::clone(&waiting);
                        async move { next_alarm(&post).await }
                    }))
                    .concurrency(1)
                    .catch_panic()
                    .enable_tracing()
                    .build(move |alarm: Alarm| {
                        let post = Arc::clone(&post);
                        async move { ring(&post, alarm).await }
                    })
            })
    }
}

impl RunningPostRoom {
    /// A way to say that something was learned, and notices may be owed.
    pub fn bell(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let (owed, learned) = (Arc::clone(&self.owed), Arc::clone(&self.learned));
        move || {
            owed.notify_one();
            learned.notify_one();
        }
    }

    /// Takes no more notices, and waits for those that are under way.
    ///
    /// # Errors
    /// [`WorkersError`] where the workers had ended before.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.team.stop().await
    }
}
