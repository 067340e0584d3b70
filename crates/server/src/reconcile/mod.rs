//! Asking Stripe: what no webhook told is found out, and learned through the very same intake and ledger as what they tell.
//!
//! [`reads`] settles what is in doubt, one subscription at a time. [`events`] follows the list of events. [`objects`] reads
//! every subscription and open invoice. `payers` finds out who paid what is disputed. [`errands`] has a server do all of it by
//! itself. For the command line [`preview`] says what would be learned, and [`import`] binds the tenants of an account that was there before us.
//!
//! # Invariants
//!
//! - No database transaction is open while Stripe is asked.
//! - Stripe's time is the `Date` of its answers, never our clock.
//! - What Stripe does not know, or what is of another account or mode, changes nothing here: a wrong key cannot cancel anyone.
//! - Pages are posted as they come, and none is kept: memory does not grow with the account.
//!
//! Without an API key none of it is done, and nothing else is different.

pub mod errands;
pub mod events;
pub mod import;
mod items;
mod learned;
pub mod objects;
mod payers;
pub mod preview;
pub mod reads;

use std::sync::Arc;
use std::time::Duration;

use persistence::{CustomerKey, Observation, Scope, Store, StoreError};
use stripe_client::{Answer, ClientError, KeyMode, Permission, StripeClient};
use subscription::{CustomerId, Observed, UnixSeconds};
use tokio::sync::mpsc;
use workers::{Stopping, own_name};

use crate::committer::CommitError;
use crate::intake::Ours;
use crate::tally::Tally;

pub use learned::Learned;

/// All that is needed to ask Stripe about one account and mode, and to learn from what it answers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Asking {
    stripe: StripeClient,
    store: Store,
    ours: Ours,
    scope: Scope,
    worker: String,
    stopping: Stopping,
    /// The webhooks that come to this process, if it receives some.
    webhooks: Option<Arc<Tally>>,
    /// Whoever wants to know what was learned.
    listener: Option<mpsc::Sender<Learned>>,
}

/// Why something could not be found out. Nothing that was learned before is lost, and nothing else is learned.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Key and configuration are about different modes. For the operator.
    #[error("the Stripe API key is of {key} mode, and DUNLIN_STRIPE_LIVEMODE says otherwise")]
    WrongKeyMode {
        /// `live` or `test`.
        key: &'static str,
    },
    /// Nothing says which mode the key is of. For the operator.
    #[error("the Stripe API key does not say whether it is of live or test mode: set DUNLIN_STRIPE_LIVEMODE")]
    UnknownMode,
    /// What Stripe answered is of another mode. For the operator.
    #[error("what Stripe answers is not of the mode that is asked about: the API key is of the other")]
    WrongMode,
    /// Stripe knows nothing of what is known here. For the operator.
    #[error(
        "Stripe knows none of the subscriptions that are known here: the API key is of another account, or DUNLIN_STRIPE_ACCOUNT is"
    )]
    WrongAccount,
    /// Stripe gave no answer that helps.
    #[error(transparent)]
    Stripe(#[from] ClientError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event of the list was not posted.
    #[error("an event could not be posted")]
    Commit(#[from] CommitError),
    /// The key may not do what is needed. For the operator.
    #[error("the Stripe API key lacks {permission}: allow it in Stripe's dashboard")]
    Lacking {
        /// What it may not do, as the dashboard has it.
        permission: &'static str,
    },
    /// Another instance goes on with it.
    #[error("another instance is at it, and has been for minutes: try again when it is done")]
    Elsewhere,
    /// The server is stopping; the next one goes on with it.
    #[error("stopped before the end")]
    Stopped,
}

impl AskError {
    /// Whether the same may well work later, with nothing put right by anyone.
    pub fn is_of_the_moment(&self) -> bool {
        match self {
            Self::Stripe(error) => error.is_of_the_moment(),
            Self::Store(_) | Self::Commit(_) | Self::Elsewhere | Self::Stopped => true,
            Self::WrongKeyMode { .. } | Self::UnknownMode | Self::WrongMode | Self::WrongAccount | Self::Lacking { .. } => false,
        }
    }
}

/// How far along something is: so much of so much.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Called once where another instance has to be waited for.
pub type Waiting<'a> = &'a (dyn Fn() + Send + Sync);

/// So much is learned in one unit of work: a few take little longer than one, and few webhooks meet them.
const AT_ONCE: usize = 8;
/// The pause after that, in which webhooks have their turn.
const PAUSE: Duration = Duration::from_millis(50);
/// Where some came in it, they have a longer one: what was lost can wait, and they are not to wait for it.
const LONG_PAUSE: Duration = Duration::from_millis(250);
/// The pause after a page. It also keeps us far from Stripe's limit of a hundred questions a second
/// (<https://docs.stripe.com/rate-limits>).
const PAGE_PAUSE: Duration = Duration::from_millis(100);
/// How many objects are on a page where webhooks come to the same process: a page is received and taken apart in one go.
const SMALL_PAGE: u8 = 50;
/// How long the account is this worker's, in seconds, unless it says again that it is at it: longer than one page takes.
const LEASE_SECS: i64 = 5 * 60;
/// How many subscriptions must be unknown to Stripe until it is the key that is wrong, and not some of our data that is gone.
const PROBES: u64 = 3;

impl Asking {
    /// About the account and mode that key and configuration agree on.
    ///
    /// # Errors
    /// [`AskError::WrongKeyMode`] where they do not, [`AskError::UnknownMode`] where neither says which.
    pub fn try_new(stripe: StripeClient, store: Store, ours: &Ours, stopping: Stopping) -> Result<Self, AskError> {
        let livemode = match (stripe.key_mode(), ours.livemode) {
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
            ours: ours.clone(),
            scope: Scope {
                account: ours.account.clone().unwrap_or_default(),
                livemode,
            },
            worker: own_name(),
            stopping,
            webhooks: None,
            listener: None,
        })
    }

    /// The same, telling what it learns, for as long as there is room at the other end.
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

    /// Whether the key may do all of this.
    ///
    /// # Errors
    /// [`AskError::Lacking`] where it may not, [`AskError::Stripe`] where that could not be found out.
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

    /// The same, giving way to the webhooks that come to this process.
    #[must_use]
    pub fn giving_way_to(self, webhooks: Arc<Tally>) -> Self {
        Self {
            stripe: self.stripe.with_page_size(SMALL_PAGE),
            webhooks: Some(webhooks),
            ..self
        }
    }

    /// The account and mode.
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

    /// Says that this worker is still at it.
    async fn go_on(&self) -> Result<(), AskError> {
        if self.stopping.is_now() {
            return Err(AskError::Stopped);
        }
        self.claim().await?.map(drop).ok_or(AskError::Elsewhere)
    }

    /// Whether the key is of the account whose events are here: Stripe knows some subscription that is known here.
    ///
    /// # Errors
    /// [`AskError::WrongAccount`] where it is not.
    async fn check_account(&self) -> Result<(), AskError> {
        match knows_ours(&self.stripe, &self.store, &self.scope).await? {
            Some(false) => Err(AskError::WrongAccount),
            Some(true) | None => Ok(()),
        }
    }

    /// Whether an object is of the mode that is asked about. One that does not say is as the key is.
    fn check_mode(&self, livemode: Option<bool>) -> Result<(), AskError> {
        match livemode {
            Some(livemode) if livemode != self.scope.livemode => Err(AskError::WrongMode),
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether Stripe knows some of a few subscriptions that are known here; `None` where none is known here.
///
/// # Errors
/// [`AskError::Stripe`] or [`AskError::Store`].
pub(crate) async fn knows_ours(stripe: &StripeClient, store: &Store, scope: &Scope) -> Result<Option<bool>, AskError> {
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

/// What was read of a customer, with when it was so.
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

/// Between which two seconds of Stripe's clock an answer was true.
///
/// The answer was made between our asking and its arrival, and `Date` is cut to the second: so a second more at both ends.
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
