//! Claims: that a customer is a tenant's.

use crate::TenantId;

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
