//! What notices say of payments and invoices.

use super::Notice;
use crate::facts::Dispute;
use crate::{ChargeId, DisputeId, InvoiceId, Money, SubscriptionId, UnixSeconds};

/// A failed attempt to collect an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FailedPayment {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// The time of Stripe's next attempt, if reported.
    pub next_attempt: Option<UnixSeconds>,
    /// The amount left to pay.
    pub amount: Money,
    /// The pay link that needs no login.
    pub pay_url: Option<String>,
    /// The end of the subscription, if one is set.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub ends_at: Option<UnixSeconds>,
}

/// The way in which a renewal is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum RenewalPayment {
    /// The known payment method is charged.
    #[default]
    Charged,
    /// An invoice is sent.
    Invoiced,
    /// The trial ends, and the known payment method is charged.
    TrialConverts,
    /// The trial ends, and no payment method is known.
    TrialWithoutPaymentMethod,
}

/// An invoice that was sent for payment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SentInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The invoice number that people see.
    pub number: Option<String>,
    /// The amount left to pay.
    pub amount: Money,
    /// The due date.
    pub due_at: UnixSeconds,
    /// The pay link that needs no login.
    pub pay_url: Option<String>,
}

/// An invoice that nobody collects any more, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UncollectedInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The subscription it is for; `None` for a one-off invoice.
    pub subscription: Option<SubscriptionId>,
    /// The amount that was to be paid.
    pub amount: Money,
    /// Stripe's word for the reason, if it gives one.
    pub reason: Option<String>,
}

/// A disputed payment, or one about which a card network warns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DisputedPayment {
    /// The dispute or warning.
    pub dispute: DisputeId,
    /// The payment.
    pub charge: ChargeId,
    /// The disputed amount, if reported.
    pub amount: Option<Money>,
    /// The reason, in Stripe's words.
    pub reason: Option<String>,
    /// The outcome of a closed dispute, in Stripe's words.
    pub outcome: Option<String>,
}

impl Dispute {
    /// Returns the notice for the present version.
    pub fn notice(&self, id: &DisputeId) -> Notice {
        let payment = DisputedPayment {
            dispute: id.clone(),
            charge: self.charge.clone(),
            amount: self.amount.clone(),
            reason: self.reason.clone(),
            outcome: self.status.clone().filter(|_| self.is_closed),
        };
        if self.is_warning {
            Notice::EarlyFraudWarningAlert(payment)
        } else {
            Notice::DisputeAlert(payment)
        }
    }
}
