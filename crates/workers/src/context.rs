//! The state that the workers of the notifier share.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mail::{Letters, SendError, Sender, Transport, Url};
use persistence::{Store, Tenant, UnixMicros, worker_name};
use subscription::InvoiceId;
use subscription::notices::{Audience, Notice};
use tokio::sync::Notify;

use crate::outage::Outage;
use crate::refusals::Refusals;
use crate::{AttemptOutcome, Rules};

/// A function that reads the time.
pub type Clock = fn() -> UnixMicros;

/// A function that makes the link by which a tenant can pay an invoice at this moment, or returns `None` if there can
/// be none.
pub type PayLinks = Arc<dyn Fn(&Tenant, &InvoiceId, UnixMicros) -> Option<Url> + Send + Sync>;

/// A function that is told of each attempt at a notice: its kind, and the outcome.
pub type AttemptObserver = Arc<dyn Fn(&'static str, AttemptOutcome) + Send + Sync>;

/// The state that the workers share.
pub(crate) struct NotifierContext {
    pub(crate) store: Store,
    pub(crate) letters: Letters,
    pub(crate) transport: Transport,
    pub(crate) sender: Sender,
    pub(crate) rules: Rules,
    pub(crate) worker: String,
    /// Wakes the workers: a notice was owed.
    pub(crate) owed: Arc<Notify>,
    /// The maker of pay links, if there is one.
    pay_links: Option<PayLinks>,
    clock: Clock,
    pub(crate) refusals: Refusals,
    outage: Outage,
    /// The observer of attempts, if there is one.
    observer: Option<AttemptObserver>,
    /// The notices that this process has claimed and not finished. Setting the clock does not end their leases.
    in_hand: Mutex<BTreeSet<i64>>,
}

impl std::fmt::Debug for NotifierContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NotifierContext").finish_non_exhaustive()
    }
}

impl NotifierContext {
    pub(crate) fn new(store: Store, letters: Letters, transport: Transport, sender: Sender, rules: Rules, clock: Clock) -> Self {
        Self {
            store,
            letters,
            transport,
            sender,
            rules,
            worker: worker_name(),
            owed: Arc::new(Notify::new()),
            pay_links: None,
            clock,
            refusals: Refusals::default(),
            outage: Outage::default(),
            observer: None,
            in_hand: Mutex::default(),
        }
    }

    pub(crate) fn set_pay_links(&mut self, links: PayLinks) {
        self.pay_links = Some(links);
    }

    pub(crate) fn set_attempt_observer(&mut self, observer: AttemptObserver) {
        self.observer = Some(observer);
    }

    /// Reports an attempt at a notice of this kind.
    pub(crate) fn report(&self, kind: &'static str, outcome: AttemptOutcome) {
        if let Some(observe) = &self.observer {
            observe(kind, outcome);
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
        let make = self.pay_links.as_ref()?;
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

    /// Returns the same set, to change it.
    pub(crate) fn lock_in_hand(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
