//! Reconciliation with Stripe: what no webhook told is found by asking, and learned through the same intake and ledger
//! as webhooks.
//!
//! A [`Reconciler`] asks about one account and mode. [`reads`] settles what is in doubt, one subscription at a time.
//! [`events`] follows the list of events. [`objects`] reads every subscription and open invoice. `payers` finds the
//! payers of disputed payments. [`reconciliation`] does both of the former in turn with other instances. [`preview`]
//! says what would be learned, and [`import`] binds the tenants of an existing account.
//!
//! # Invariants
//!
//! - No database transaction is open while Stripe is asked.
//! - Stripe's time is the `Date` of its answers, never the clock here.
//! - An object that Stripe does not know, or that is of another account or mode, changes nothing here: a wrong key
//!   cannot cancel anyone.
//! - Pages are posted as they come, and none is kept: memory does not grow with the account.
//!
//! # Not here
//!
//! No schedule: the caller says when. No HTTP server, no mail.

#![forbid(unsafe_code)]

pub mod events;
pub mod import;
mod items;
mod learned;
pub mod objects;
mod payers;
pub mod preview;
pub mod reads;
pub mod reconciliation;

use std::sync::Arc;
use std::time::Duration;

use intake::{AccountFilter, CommitError, SignatureCounter};
use persistence::{CustomerKey, Observation, Scope, Store, StoreError, worker_name};
use stripe_client::{Answer, ClientError, KeyMode, Permission, StripeClient};
use subscription::facts::Observed;
use subscription::{CustomerId, UnixSeconds};
use tokio::sync::{mpsc, watch};

pub use learned::Learned;

/// The means to ask Stripe about one account and mode, and to learn from its answers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reconciler {
    stripe: StripeClient,
    store: Store,
    filter: AccountFilter,
    scope: Scope,
    worker: String,
    /// The signal to stop, if there is one.
    stopping: Option<watch::Receiver<bool>>,
    /// The counter of webhooks that come to this process, if it receives some.
    webhooks: Option<Arc<SignatureCounter>>,
    /// The receiver of what was learned.
    listener: Option<mpsc::Sender<Learned>>,
}

/// The reason why something could not be found out. What was learned before is kept, and nothing else is learned.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Key and configuration are about different modes. For the operator.
    #[error("the Stripe API key is of {key} mode, and DUNLIN_STRIPE_LIVEMODE says otherwise")]
    WrongKeyMode {
        /// `live` or `test`.
        key: &'static str,
    },
    /// Nothing says the mode of the key. For the operator.
    #[error("the Stripe API key does not say whether it is of live or test mode: set DUNLIN_STRIPE_LIVEMODE")]
    UnknownMode,
    /// Stripe's answer is of another mode. For the operator.
    #[error("what Stripe answers is not of the mode that is asked about: the API key is of the other")]
    WrongMode,
    /// Stripe knows nothing of what is known here. For the operator.
    #[error(
        "Stripe knows none of the subscriptions that are known here: the API key is of another account, or DUNLIN_STRIPE_ACCOUNT is"
    )]
    WrongAccount,
    /// Stripe gave no useful answer.
    #[error(transparent)]
    Stripe(#[from] ClientError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event of the list was not posted.
    #[error("an event could not be posted")]
    Commit(#[from] CommitError),
    /// The key lacks a permission. For the operator.
    #[error("the Stripe API key lacks {permission}: allow it in Stripe's dashboard")]
    Lacking {
        /// The permission, as the dashboard names it.
        permission: &'static str,
    },
    /// Another instance is doing it.
    #[error("another instance is at it, and has been for minutes: try again when it is done")]
    Elsewhere,
    /// The server is stopping. The next one continues.
    #[error("stopped before the end")]
    Stopped,
}

impl AskError {
    /// Returns true if a later try may well succeed without a correction by anyone.
    pub fn is_of_the_moment(&self) -> bool {
        match self {
            Self::Stripe(error) => error.is_of_the_moment(),
            Self::Store(_) | Self::Commit(_) | Self::Elsewhere | Self::Stopped => true,
            Self::WrongKeyMode { .. } | Self::UnknownMode | Self::WrongMode | Self::WrongAccount | Self::Lacking { .. } => false,
        }
    }
}

/// A callback for progress: how much is done, and of how much.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// A callback that is called once if another instance has to be waited for.
pub type Waiting<'a> = &'a (dyn Fn() + Send + Sync);

/// The number of things learned in one unit of work. A few take little longer than one, and delay few webhooks.
const AT_ONCE: usize = 8;
/// The pause after it, in which webhooks get their turn.
const PAUSE: Duration = Duration::from_millis(50);
/// The longer pause, taken if webhooks came during the first. Lost events can wait, and webhooks must not wait for
/// them.
const LONG_PAUSE: Duration = Duration::from_millis(250);
/// The pause after a page. It also stays far below Stripe's limit of a hundred requests a second
/// (<https://docs.stripe.com/rate-limits>).
const PAGE_PAUSE: Duration = Duration::from_millis(100);
/// The number of objects on a page if webhooks come to the same process, because a page is received and taken apart in
/// one go.
const SMALL_PAGE: u8 = 50;
/// The seconds for which the account is this worker's, unless it renews the lease. One page takes less.
const LEASE_SECS: i64 = 5 * 60;
/// The number of subscriptions that Stripe must not know before the key counts as wrong, rather than some data as gone.
const PROBES: u64 = 3;

impl Reconciler {
    /// Makes it for the account and mode that key and configuration agree on.
    ///
    /// # Errors
    /// [`AskError::WrongKeyMode`] if they disagree, [`AskError::UnknownMode`] if neither says the mode.
    pub fn try_new(stripe: StripeClient, store: Store, filter: &AccountFilter) -> Result<Self, AskError> {
        let livemode = match (stripe.key_mode(), filter.livemode) {
            (KeyMode::Live, None | Some(true)) => true,
            (KeyMode::Test, None | Some(false)) => false,
            (KeyMode::Live, Some(false)) => return Err(AskError::WrongKeyMode { key: "live" }),
            (KeyMode::Test, Some(true)) => return Err(AskError::WrongKeyMode { key: "test" }),
            (KeyMode::Unknown, Some(livemode)) => livemode,
            (KeyMode::Unknown, None) => return Err(AskError::UnknownMode),
        };
        Ok(Self {
            stripe,
            store,
            filter: filter.clone(),
            scope: Scope {
                account: filter.account.clone().unwrap_or_default(),
                livemode,
            },
            worker: worker_name(),
            stopping: None,
            webhooks: None,
            listener: None,
        })
    }

    /// Also stops between two pages once this signal is true.
    #[must_use]
    pub fn until(self, stopping: watch::Receiver<bool>) -> Self {
        Self {
            stopping: Some(stopping),
            ..self
        }
    }

    /// Also tells what it learns, as long as the channel has room.
    #[must_use]
    pub fn telling(self, listener: mpsc::Sender<Learned>) -> Self {
        Self {
            listener: Some(listener),
            ..self
        }
    }

    fn tell(&self, learned: impl FnOnce() -> Learned) {
        let place = self.listener.as_ref().and_then(|listener| listener.try_reserve().ok());
        if let Some(place) = place {
            place.send(learned());
        }
    }

    /// Checks that the key has all of these permissions.
    ///
    /// # Errors
    /// [`AskError::Lacking`] if it lacks one, [`AskError::Stripe`] if that could not be found out.
    async fn check_permissions(&self, needed: &[Permission]) -> Result<(), AskError> {
        for permission in needed {
            let lacking = AskError::Lacking {
                permission: permission.as_str(),
            };
            match self.stripe.try_permission(*permission).await {
                Ok(_) => {}
                Err(ClientError::Forbidden { .. }) => return Err(lacking),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Also gives way to the webhooks that come to this process.
    #[must_use]
    pub fn giving_way_to(self, webhooks: Arc<SignatureCounter>) -> Self {
        Self {
            stripe: self.stripe.with_page_size(SMALL_PAGE),
            webhooks: Some(webhooks),
            ..self
        }
    }

    /// Returns the account and mode.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Lets webhooks have their turn, after something was written.
    async fn give_way(&self) {
        let came = || self.webhooks.as_ref().map(|webhooks| webhooks.came());
        let before = came();
        tokio::time::sleep(PAUSE).await;
        if came() != before {
            tokio::time::sleep(LONG_PAUSE).await;
        }
    }

    /// Renews this worker's lease.
    async fn renew_lease(&self) -> Result<(), AskError> {
        if self.stopping.as_ref().is_some_and(|stopping| *stopping.borrow()) {
            return Err(AskError::Stopped);
        }
        self.claim().await?.map(drop).ok_or(AskError::Elsewhere)
    }

    /// Checks that the key is of the account whose events are here: Stripe knows some subscription that is known here.
    ///
    /// # Errors
    /// [`AskError::WrongAccount`] if it is not.
    async fn check_account(&self) -> Result<(), AskError> {
        match knows_ours(&self.stripe, &self.store, &self.scope).await? {
            Some(false) => Err(AskError::WrongAccount),
            Some(true) | None => Ok(()),
        }
    }

    /// Checks that an object is of the mode that is asked about. An object that states no mode has the key's.
    fn check_mode(&self, livemode: Option<bool>) -> Result<(), AskError> {
        match livemode {
            Some(livemode) if livemode != self.scope.livemode => Err(AskError::WrongMode),
            Some(_) | None => Ok(()),
        }
    }
}

/// Returns true if Stripe knows any of a few subscriptions that are known here, or `None` if none is known here.
///
/// # Errors
/// [`AskError::Stripe`] or [`AskError::Store`].
pub async fn knows_ours(stripe: &StripeClient, store: &Store, scope: &Scope) -> Result<Option<bool>, AskError> {
    let known = store.some_subscriptions(scope, PROBES).await?;
    for id in &known {
        match stripe.subscription(id.as_str()).await {
            Ok(_) => return Ok(Some(true)),
            Err(ClientError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok((!known.is_empty()).then_some(false))
}

/// Makes an observation of a customer's object, with the time at which it was true.
fn observation(of: Observed, customer: &str, scope: &Scope, (not_before, not_after): (UnixSeconds, UnixSeconds)) -> Observation {
    Observation {
        customer: CustomerKey {
            id: CustomerId::new(customer),
            scope: scope.clone(),
        },
        of,
        not_before,
        not_after,
    }
}

/// Returns the two seconds of Stripe's clock between which an answer was true.
///
/// Stripe made the answer between the question and its arrival, and `Date` is cut to the second, so both ends get one
/// more second.
fn interval<T>(answer: &Answer<T>) -> (UnixSeconds, UnixSeconds) {
    let round_trip = answer.round_trip;
    let whole = i64::try_from(round_trip.as_secs()).unwrap_or(i64::MAX);
    let ceiling = whole.saturating_add(i64::from(round_trip.subsec_nanos() > 0));
    let not_before = answer.date.saturating_sub(ceiling).saturating_sub(1);
    (UnixSeconds::new(not_before), UnixSeconds::new(answer.date.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_true_of_a_time_as_wide_as_it_took_and_a_second_at_both_ends() {
        let answer = |millis| Answer {
            value: (),
            date: 1_000,
            round_trip: Duration::from_millis(millis),
        };
        let told = |millis| {
            let (from, to) = interval(&answer(millis));
            (from.as_secs(), to.as_secs())
        };
        assert_eq!(told(0), (999, 1_001));
        assert_eq!(told(1), (998, 1_001));
        assert_eq!(told(2_000), (997, 1_001));
        assert_eq!(told(2_001), (996, 1_001));
    }
}
