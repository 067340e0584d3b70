//! The post room, put together, run and stopped.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use mail::{Letters, Recipient, SendError, Sender, Transport, Url};
use persistence::{Claim, ClaimTerms, Store, Tenant, UnixMicros};
use subscription::{Audience, InvoiceId, Notice};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::delivery::{deliver, next_claim};
use crate::outage::Outage;
use crate::queue::queue;
use crate::refusals::Refusals;
use crate::team::Team;
use crate::{Backoff, WorkersError, own_name};

/// Reads the time.
pub type Clock = fn() -> UnixMicros;

/// Makes the link by which a tenant can pay an invoice, at this moment; `None` where none can be made.
pub type PayLinks = Arc<dyn Fn(&Tenant, &InvoiceId, UnixMicros) -> Option<Url> + Send + Sync>;

/// Hears of each notice that was tried: its kind, and what became of it.
pub type Count = Arc<dyn Fn(&'static str, Tried) + Send + Sync>;

/// What became of a notice that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The server took it.
    Sent,
    /// It is to be tried again.
    Deferred,
    /// It was given up.
    Dead,
    /// The server may have taken it.
    Unknown,
    /// It was not to be sent.
    Superseded,
}

impl Tried {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::Sent, Self::Deferred, Self::Dead, Self::Unknown, Self::Superseded];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
            Self::Superseded => "superseded",
        }
    }
}

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
    /// Why customers are sent nothing for now, if they are not: nobody said whose mails these are.
    pub unnamed: Option<&'static str>,
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
    pay_links: Links,
    clock: Clock,
    pub(crate) refusals: Refusals,
    outage: Outage,
    counted: Counted,
    /// Notices that this process has claimed and is not done with: a clock that is set does not end their leases.
    in_hand: Mutex<BTreeSet<i64>>,
}

/// What makes pay links, if anything does.
#[derive(Default)]
struct Links(Option<PayLinks>);

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Links(some)" } else { "Links(none)" })
    }
}

/// Who hears of notices that were tried, if anybody does.
#[derive(Default)]
struct Counted(Option<Count>);

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Counted(some)" } else { "Counted(none)" })
    }
}

impl Post {
    /// A notice of this kind was tried.
    pub(crate) fn count(&self, kind: &'static str, tried: Tried) {
        if let Some(count) = &self.counted.0 {
            count(kind, tried);
        }
    }

    /// The mail server took our greeting and our sender, or did not.
    pub(crate) async fn heard(&self, answer: Result<(), &SendError>) {
        match answer {
            Ok(()) => self.outage.is_over(&self.store).await,
            Err(error) => self.outage.goes_on(&self.store, error, self.now()).await,
        }
    }

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

    /// How long a claim holds.
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.rules.claim.lease_secs).unwrap_or_default())
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
                pay_links: Links::default(),
                clock,
                refusals: Refusals::default(),
                outage: Outage::default(),
                counted: Counted::default(),
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

    /// The same, and whoever is named here hears what becomes of each notice that was tried.
    #[must_use]
    pub fn with_count(mut self, count: Count) -> Self {
        self.post.counted = Counted(Some(count));
        self
    }

    #[cfg(test)]
    pub(crate) fn into_post(self) -> Post {
        self.post
    }

    /// Starts the workers.
    pub fn start(self) -> RunningPostRoom {
        let owed = Arc::clone(&self.post.owed);
        let shutdown = Duration::from_secs(self.post.rules.shutdown_secs);
        RunningPostRoom {
            owed,
            team: Team::start(self.monitor(), watch::Sender::new(false), shutdown),
        }
    }

    fn monitor(self) -> Monitor {
        let post = Arc::new(self.post);
        // What takes longer than its lease is no longer ours to finish.
        let lease = post.lease();
        Monitor::new().register(move |restarts| {
            let (claiming, post) = (Arc::clone(&post), Arc::clone(&post));
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
    }
}

impl RunningPostRoom {
    /// A way to say that notices may be owed.
    pub fn bell(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let owed = Arc::clone(&self.owed);
        move || owed.notify_one()
    }

    /// Takes no more notices, and waits for those that are under way.
    ///
    /// # Errors
    /// [`WorkersError`] where the workers had ended before.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.team.stop().await
    }
}
