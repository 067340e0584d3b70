//! Facts about one invoice.

use super::at;
use crate::facts::{Fact, InvoiceCause, InvoiceFact, InvoiceStatus};
use crate::{EventId, InvoiceId, Money, SubscriptionId};

/// A builder of facts about one invoice of 49.00 EUR. Times are Unix seconds. Without a subscription it is a one-off.
#[derive(Clone, Copy, Debug)]
pub struct InvoiceBuilder {
    name: &'static str,
    subscription: Option<&'static str>,
    made: i64,
    reason: Option<&'static str>,
    collection: Option<&'static str>,
    amount: i64,
}

/// Creates a builder of facts about the invoice with this id.
pub const fn invoice(name: &'static str) -> InvoiceBuilder {
    InvoiceBuilder {
        name,
        subscription: None,
        made: 0,
        reason: None,
        collection: None,
        amount: 4900,
    }
}

impl InvoiceBuilder {
    /// Sets the subscription it is for.
    #[must_use]
    pub const fn of(self, subscription: &'static str) -> Self {
        Self {
            subscription: Some(subscription),
            ..self
        }
    }

    /// Sets the creation time of the invoice.
    #[must_use]
    pub const fn made(self, secs: i64) -> Self {
        Self { made: secs, ..self }
    }

    /// Sets the `billing_reason`.
    #[must_use]
    pub const fn because(self, billing_reason: &'static str) -> Self {
        Self {
            reason: Some(billing_reason),
            ..self
        }
    }

    /// Sets the `collection_method`.
    #[must_use]
    pub const fn collected_by(self, collection_method: &'static str) -> Self {
        Self {
            collection: Some(collection_method),
            ..self
        }
    }

    /// Sets the amount, in cents.
    #[must_use]
    pub const fn over(self, amount: i64) -> Self {
        Self { amount, ..self }
    }

    /// Returns the id.
    pub fn id(self) -> InvoiceId {
        InvoiceId::new(self.name)
    }

    /// Builds an event that shows it as a draft.
    pub fn draft(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Draft, 0)
    }

    /// Builds an event that shows it open.
    pub fn open(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Open, 0)
    }

    /// Builds `invoice.payment_failed`, for the attempt of this number.
    pub fn failed(self, secs: i64, attempt: u32) -> Fact {
        self.told(secs, InvoiceCause::PaymentFailed, InvoiceStatus::Open, attempt)
    }

    /// Builds `invoice.payment_action_required`, for the attempt of this number.
    pub fn needs_action(self, secs: i64, attempt: u32) -> Fact {
        self.told(secs, InvoiceCause::PaymentActionRequired, InvoiceStatus::Open, attempt)
    }

    /// Builds `invoice.marked_uncollectible`.
    pub fn uncollectible(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Uncollectible, 0)
    }

    /// Builds `invoice.voided`.
    pub fn voided(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Void, 0)
    }

    /// Builds `invoice.paid`, paid in that second.
    pub fn paid(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Paid, 1)
    }

    fn told(self, secs: i64, cause: InvoiceCause, status: InvoiceStatus, attempt_count: u32) -> Fact {
        let event = format!("evt_{}_{cause:?}_{secs}_{}_{attempt_count}", self.name, status.as_str());
        Fact::Invoice {
            id: self.id(),
            fact: InvoiceFact {
                event: EventId::new(event),
                told_at: at(secs),
                cause,
                status,
                subscription: self.subscription.map(SubscriptionId::new),
                created: at(self.made),
                attempt_count,
                paid_at: (status == InvoiceStatus::Paid).then_some(at(secs)),
                billing_reason: self.reason.map(str::to_owned),
                collection_method: self.collection.map(str::to_owned),
                amount_due: Money::new(self.amount, "eur"),
                ..InvoiceFact::default()
            },
        }
    }
}
