//! The post room, put together, run and stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use mail::{Letters, Recipient, Sender, Transport, Url};
use persistence::{Claim, ClaimTerms, Store, Tenant, UnixMicros};
use subscription::{Audience, InvoiceId, Notice};
use tokio::sync::{Notify, watch};

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
    started_at: UnixMicros,
    digested_day: AtomicI64,
}

/// How long an older binary may still be at work beside this one, once this one has started. Compacted facts are not
/// readable to one that is older than compaction.
const SETTLING_IN_SECS: i64 = 60 * 60;

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
        self.now() >= self.started_at.plus_secs(SETTLING_IN_SECS)
    }

    /// Whether this is the first time that this day is seen.
    pub(crate) fn day_is_over(&self, today: i64) -> bool {
        self.digested_day.swap(today, Ordering::Relaxed) != today
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
                started_at: clock(),
                digested_day: AtomicI64::new(i64::MIN),
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
        let lease = Duration::from_secs(u64::try_from(post.rules.claim.lease_secs).unwrap_or_default());
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
                    .build(move |claim: Box<Claim>| {
                        let post = Arc::clone(&post);
                        async move { deliver(&post, &claim).await }
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
