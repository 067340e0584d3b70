//! Claims: statements that a customer belongs to a tenant.

use crate::TenantId;

/// The place in which Stripe stores a claim on a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimSource {
    /// `client_reference_id` of a Checkout session. With a payment link, *the payer* chooses it in the URL
    /// (<https://docs.stripe.com/payment-links/url-parameters>).
    ClientReferenceId,
    /// The metadata of a subscription. With a Checkout session or the API, only the SaaS writes it.
    SubscriptionMetadata,
    /// The metadata of a customer. Only the SaaS writes it.
    CustomerMetadata,
}

impl ClaimSource {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::ClientReferenceId, Self::SubscriptionMetadata, Self::CustomerMetadata];

    /// Returns the word for the source.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientReferenceId => "client_reference_id",
            Self::SubscriptionMetadata => "subscription_metadata",
            Self::CustomerMetadata => "customer_metadata",
        }
    }

    /// Returns the source with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == word)
    }
}

/// The statement of a Stripe object that a customer belongs to this tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantClaim {
    /// The tenant.
    pub tenant: TenantId,
    /// The place of the claim.
    pub source: ClaimSource,
}
