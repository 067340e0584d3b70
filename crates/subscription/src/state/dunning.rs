//! A dunning case: an invoice of a living subscription that failed or falls due, and is still unpaid.

use crate::facts::{Invoice, InvoiceStatus};
use crate::{InvoiceId, Money, Status, UnixSeconds};

/// The state of the collection of an invoice: open, or closed with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DunningCase {
    /// A payment is being collected.
    Open,
    /// No payment is being collected.
    Closed(Closed),
}

/// The reason why no payment is being collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// No attempt failed, or the invoice is exempt: it is a one-off, or it belongs to the checkout.
    NeverOpened,
    /// It is paid.
    Paid,
    /// It was voided or deleted.
    Void,
    /// It was marked uncollectible.
    Uncollectible,
    /// Its subscription has ended. Nobody should read "pay or lose access".
    SubscriptionEnded,
}

/// Decides the case of an invoice, given the status of its subscription and the time since which that gives access, as
/// far as known.
///
/// A failed attempt opens a case. A sent invoice opens one too, and it is collected from its due date on
/// ([`Dunning::since`]). While a subscription is incomplete, its payment belongs to the checkout. Later its first
/// invoice is collected like any other, because a delayed debit can fail when the subscription has long been active
/// (<https://docs.stripe.com/billing/subscriptions/overview>).
#[must_use]
pub fn case(invoice: &Invoice, subscription: Option<&Status>, served_since: Option<UnixSeconds>) -> DunningCase {
    let is_owed = invoice.failures.is_some() || invoice.is_sent() && invoice.shown.due_date.is_some();
    if !is_owed || invoice.subscription.is_none() || is_of_checkout(invoice, subscription, served_since) {
        return DunningCase::Closed(Closed::NeverOpened);
    }
    match invoice.status() {
        InvoiceStatus::Paid => DunningCase::Closed(Closed::Paid),
        InvoiceStatus::Void | InvoiceStatus::Deleted => DunningCase::Closed(Closed::Void),
        InvoiceStatus::Uncollectible => DunningCase::Closed(Closed::Uncollectible),
        InvoiceStatus::Draft | InvoiceStatus::Open if subscription.is_some_and(Status::is_terminal) => {
            DunningCase::Closed(Closed::SubscriptionEnded)
        }
        InvoiceStatus::Draft if invoice.failures.is_none() => DunningCase::Closed(Closed::NeverOpened),
        InvoiceStatus::Draft | InvoiceStatus::Open => DunningCase::Open,
    }
}

/// Returns `true` if an invoice belongs to the checkout: it is the first one, and its subscription has never been more
/// than incomplete, as far as known, or it failed only before the subscription gave access.
pub(crate) fn is_of_checkout(invoice: &Invoice, subscription: Option<&Status>, served_since: Option<UnixSeconds>) -> bool {
    let last_failed_at = invoice.failures.map(|failures| failures.last_at);
    let is_of_start = invoice.is_first() && !invoice.is_sent();
    match subscription {
        Some(Status::Incomplete | Status::IncompleteExpired) => invoice.is_first() || invoice.shown.billing_reason.is_none(),
        None => invoice.is_first(),
        Some(
            Status::Trialing
            | Status::Active
            | Status::PastDue
            | Status::Unpaid
            | Status::Paused
            | Status::Canceled
            | Status::Unknown(_),
        ) => is_of_start && last_failed_at <= served_since,
    }
}

/// An open case, in the form shown to people and programs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Dunning {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// The greatest number of a failed attempt, or 0.
    pub attempt_count: u32,
    /// The time of Stripe's next attempt, if reported.
    pub next_payment_attempt: Option<UnixSeconds>,
    /// The amount left to pay.
    pub amount_due: Money,
    /// The action that the customer has to take.
    pub action_required: ActionRequired,
    /// The time of the first failed attempt. For a sent invoice, the due date, which may lie ahead.
    pub since: UnixSeconds,
    /// The due date of a sent invoice.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub due_at: Option<UnixSeconds>,
}

/// The action that the customer has to take to keep access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ActionRequired {
    /// Add a card that works.
    UpdatePaymentMethod,
    /// Confirm the payment with their bank (SCA).
    ConfirmPayment,
    /// Pay the invoice that was sent to them.
    PayInvoice,
}

impl ActionRequired {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::UpdatePaymentMethod, Self::ConfirmPayment, Self::PayInvoice];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpdatePaymentMethod => "update_payment_method",
            Self::ConfirmPayment => "confirm_payment",
            Self::PayInvoice => "pay_invoice",
        }
    }
}

impl Dunning {
    /// Returns the open case of an invoice.
    pub(crate) fn of(id: &InvoiceId, invoice: &Invoice) -> Option<Self> {
        let attempt = invoice.failures.map_or(0, |failures| failures.attempt);
        let is_asked = invoice.failures.is_some() && invoice.action_required_attempt >= Some(attempt);
        let due_at = invoice.due_at();
        Some(Self {
            invoice_id: id.clone(),
            attempt_count: attempt,
            next_payment_attempt: invoice.shown.next_payment_attempt,
            amount_due: invoice.owed(),
            action_required: match due_at {
                _ if is_asked => ActionRequired::ConfirmPayment,
                Some(_) => ActionRequired::PayInvoice,
                None => ActionRequired::UpdatePaymentMethod,
            },
            since: due_at.or_else(|| invoice.failures.map(|failures| failures.first_at))?,
            due_at,
        })
    }
}
