//! A dunning case: an invoice of a living subscription that failed and is still to be paid.

use serde::{Deserialize, Serialize};

use crate::{Invoice, InvoiceId, InvoiceStatus, Money, Status, UnixSeconds};

/// Whether an invoice is being chased, and why not where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DunningCase {
    /// It is being chased.
    Open,
    /// It is not.
    Closed(Closed),
}

/// Why no payment is being chased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// No attempt has failed, or the invoice is not one that is chased: a one-off, or the checkout's.
    NeverOpened,
    /// It is paid.
    Paid,
    /// It was voided or deleted.
    Void,
    /// It was given up.
    Uncollectible,
    /// Its subscription has ended; nobody is to be told "pay or lose access".
    SubscriptionEnded,
}

/// The case of an invoice whose subscription has this status, and has been served since then, as far as that is known.
///
/// A case is opened by a failed attempt, or by an invoice that is sent: that is chased from its due date on
/// ([`Dunning::since`]). While a subscription is incomplete its payment is the checkout's; afterwards its first invoice is chased
/// like any other, for a delayed debit fails when the subscription has long been active
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

/// Whether an invoice is the checkout's: the first one, whose subscription has never become more than incomplete, as far as is known;
/// or which failed only before that was served.
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

/// An open case, as told to people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dunning {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// The greatest attempt that failed.
    pub attempt_count: u32,
    /// When Stripe will try again, if it said.
    pub next_payment_attempt: Option<UnixSeconds>,
    /// What is left to pay.
    pub amount_due: Money,
    /// What the customer has to do.
    pub action_required: ActionRequired,
    /// When an attempt to collect it first failed; of an invoice that is sent, when it is due, which may lie ahead.
    pub since: UnixSeconds,
    /// When it is to be paid, of an invoice that is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<UnixSeconds>,
}

/// What the customer has to do to be served on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionRequired {
    /// Give a card that works.
    UpdatePaymentMethod,
    /// Confirm the payment with their bank (SCA).
    ConfirmPayment,
    /// Pay the invoice that was sent to them.
    PayInvoice,
}

impl Dunning {
    /// The open case of an invoice.
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
