//! The post room: its parts, its start and its stop.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use mail::{Letters, Recipient, SendError, Sender, Transport, Url};
use persistence::{Backoff, Claim, ClaimTerms, Store, Tenant, UnixMicros, worker_name};
use subscription::{Audience, InvoiceId, Notice};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::WorkersError;
use crate::delivery::{deliver, next_claim};
use crate::outage::Outage;
use crate::queue::queue;
use crate::refusals::Refusals;
use crate::team::Team;

/// A function that reads the time.
pub type Clock = fn() -> UnixMicros;

/// A function that makes the link by which a tenant can pay an invoice at this moment, or returns `None` if there can
/// be none.
pub type PayLinks = Arc<dyn Fn(&Tenant, &InvoiceId, UnixMicros) -> Option<Url> + Send + Sync>;

/// A function that is told of each attempt at a notice: its kind, and the outcome.
pub type Count = Arc<dyn Fn(&'static str, Tried) + Send + Sync>;

/// The outcome of an attempt at a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The server took it.
    Sent,
    /// It will be tried again.
    Deferred,
    /// It was given up.
    Dead,
    /// The server may have taken it.
    Unknown,
    /// It was no longer to be sent.
    Superseded,
}

impl Tried {
    /// All outcomes.
    pub const ALL: [Self; 5] = [Self::Sent, Self::Deferred, Self::Dead, Self::Unknown, Self::Superseded];

    /// Returns the outcome's name.
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

/// The rules of the post room.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The terms on which notices are claimed.
    pub claim: ClaimTerms,
    /// The wait after a failure.
    pub backoff: Backoff,
    /// The number of letters in progress at once.
    pub concurrency: usize,
    /// The seconds that work in progress may take once the post room is stopped.
    pub shutdown_secs: u64,
    /// The addresses of staff.
    pub team: TeamAddresses,
    /// The reason why customers are sent nothing for now, if so: nobody configured whose mails these are.
    pub unnamed: Option<&'static str>,
}

/// The addresses of the operator's staff.
#[derive(Clone, Debug, Default)]
pub struct TeamAddresses {
    /// The people who look after payments and Dunlin.
    pub admin: Vec<Recipient>,
    /// The people who look after customers that left.
    pub sales: Vec<Recipient>,
}

/// The state that the workers share.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) store: Store,
    pub(crate) letters: Letters,
    pub(crate) transport: Transport,
    pub(crate) sender: Sender,
    pub(crate) rules: Rules,
    pub(crate) worker: String,
    /// Wakes the workers: a notice was owed.
    pub(crate) owed: Arc<Notify>,
    pay_links: Links,
    clock: Clock,
    pub(crate) refusals: Refusals,
    outage: Outage,
    counted: Counted,
    /// The notices that this process has claimed and not finished. Setting the clock does not end their leases.
    in_hand: Mutex<BTreeSet<i64>>,
}

/// The maker of pay links, if there is one.
#[derive(Default)]
struct Links(Option<PayLinks>);

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Links(some)" } else { "Links(none)" })
    }
}

/// The listener for attempts, if there is one.
#[derive(Default)]
struct Counted(Option<Count>);

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Counted(some)" } else { "Counted(none)" })
    }
}

impl Post {
    /// Reports an attempt at a notice of this kind.
    pub(crate) fn count(&self, kind: &'static str, tried: Tried) {
        if let Some(count) = &self.counted.0 {
            count(kind, tried);
        }
    }

    /// Records whether the mail server accepted the greeting and the sender.
    pub(crate) async fn heard(&self, answer: Result<(), &SendError>) {
        match answer {
            Ok(()) => self.outage.is_over(&self.store).await,
            Err(error) => self.outage.goes_on(&self.store, error, self.now()).await,
        }
    }

    /// Returns the link in the letter of this notice, if it is one by which a customer pays.
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

    /// Returns the length of a lease.
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.rules.claim.lease_secs).unwrap_or_default())
    }

    /// Returns the notices that this process has not finished.
    pub(crate) fn in_hand(&self) -> BTreeSet<i64> {
        self.lock_in_hand().clone()
    }

    /// Keeps this notice in hand until the returned guard is dropped.
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

/// A guard of a notice that this process is working on.
pub(crate) struct InHand {
    post: Arc<Post>,
    notice_id: i64,
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.post.lock_in_hand().remove(&self.notice_id);
    }
}

/// A claimed notice, with the time of the claim.
pub(crate) struct Taken {
    pub(crate) claim: Box<Claim>,
    /// The time of the claim by the monotonic clock. The lease lasts from here, however the clock is set.
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

/// The post room before it starts.
#[derive(Debug)]
pub struct PostRoom {
    post: Post,
}

/// The running post room.
#[derive(Debug)]
pub struct RunningPostRoom {
    owed: Arc<Notify>,
    team: Team,
}

impl PostRoom {
    /// Makes the post room of this outbox.
    pub fn new(store: Store, letters: Letters, transport: Transport, sender: Sender, rules: Rules, clock: Clock) -> Self {
        Self {
            post: Post {
                store,
                letters,
                transport,
                sender,
                rules,
                worker: worker_name(),
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

    /// Uses Dunlin's own pay links, made as each letter is sent, instead of Stripe's from the time of the notice.
    #[must_use]
    pub fn with_pay_links(mut self, links: PayLinks) -> Self {
        self.post.pay_links = Links(Some(links));
        self
    }

    /// Reports the outcome of each attempt to this function.
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
        // Work that takes longer than its lease is no longer this process's to finish.
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
    /// Returns a function that tells the post room that notices may be owed.
    pub fn bell(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let owed = Arc::clone(&self.owed);
        move || owed.notify_one()
    }

    /// Takes no more notices, and waits for those in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if the workers had already ended.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.team.stop().await
    }
}
