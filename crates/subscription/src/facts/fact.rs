//! A fact about a customer.

use super::card::Card;
use super::dispute::Dispute;
use super::invoice::InvoiceFact;
use super::profile::ProfileVersion;
use super::schedule::Schedule;
use super::subscription_fact::SubscriptionFact;
use crate::{DisputeId, InvoiceId, PaymentMethodId, SubscriptionId, UnixSeconds};

/// One fact that Stripe reports about a customer.
#[expect(
    clippy::large_enum_variant,
    reason = "there are few per event and each is moved once; a box would only add an allocation"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A fact about a subscription.
    Subscription {
        /// The subscription.
        id: SubscriptionId,
        /// The fact.
        fact: SubscriptionFact,
    },
    /// A fact about an invoice.
    Invoice {
        /// The invoice.
        id: InvoiceId,
        /// The fact.
        fact: InvoiceFact,
    },
    /// A fact about the customer itself.
    Profile(ProfileVersion),
    /// A fact about the schedule of a subscription.
    Schedule {
        /// The subscription.
        id: SubscriptionId,
        /// The schedule.
        schedule: Schedule,
    },
    /// A fact about a payment that is disputed or may be.
    Dispute {
        /// The dispute or warning.
        id: DisputeId,
        /// The fact.
        dispute: Dispute,
    },
    /// A fact about a payment method.
    Card {
        /// The payment method.
        id: PaymentMethodId,
        /// The fact.
        card: Card,
    },
}

impl Fact {
    /// Returns the time since which the fact has been true, as far as it says. An event describes a change in its own
    /// second. A read object may have been in its state for long.
    pub fn since(&self) -> UnixSeconds {
        match self {
            Self::Subscription { fact, .. } => match fact {
                SubscriptionFact::Read(read) => read.since(),
                SubscriptionFact::Change(_) | SubscriptionFact::Renewal(_) | SubscriptionFact::Baseline(_) => fact.told_at(),
            },
            Self::Invoice { fact, .. } => fact.paid_at.unwrap_or(fact.told_at).min(fact.told_at),
            Self::Card { card, .. } => card.shown.told_at,
            Self::Profile(version) => version.told_at,
            Self::Dispute { dispute, .. } => dispute.told_at,
            Self::Schedule { schedule, .. } => schedule.told_at,
        }
    }
}
