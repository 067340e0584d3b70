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
    /// No attempt has failed, or the invoice is not one that is chased: a one-off, or the first of a subscription.
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

/// The case of an invoice whose subscription has this status, if it is known.
#[must_use]
pub fn case(invoice: &Invoice, subscription: Option<&Status>) -> DunningCase {
    let chased = invoice.failures.is_some() && invoice.subscription.is_some() && !invoice.is_first();
    if !chased || subscription == Some(&Status::Incomplete) {
        return DunningCase::Closed(Closed::NeverOpened);
    }
    match invoice.status() {
        InvoiceStatus::Paid => DunningCase::Closed(Closed::Paid),
        InvoiceStatus::Void | InvoiceStatus::Deleted => DunningCase::Closed(Closed::Void),
        InvoiceStatus::Uncollectible => DunningCase::Closed(Closed::Uncollectible),
        InvoiceStatus::Draft | InvoiceStatus::Open if subscription.is_some_and(Status::is_terminal) => {
            DunningCase::Closed(Closed::SubscriptionEnded)
        }
        InvoiceStatus::Draft | InvoiceStatus::Open => DunningCase::Open,
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
    /// What is owed.
    pub amount_due: Money,
    /// What the customer has to do.
    pub action_required: ActionRequired,
    /// When an attempt first failed, on this or an older invoice that is still open.
    pub since: UnixSeconds,
}

/// What the customer has to do to be served on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionRequired {
    /// Give a card that works.
    UpdatePaymentMethod,
    /// Confirm the payment with their bank (SCA).
    ConfirmPayment,
}

impl Dunning {
    /// The case of an invoice that has failures, in a chase that began at `since`.
    pub(crate) fn of(id: &InvoiceId, invoice: &Invoice, since: UnixSeconds) -> Option<Self> {
        let failures = invoice.failures?;
        let asked = invoice.action_required_attempt >= Some(failures.attempt);
        Some(Self {
            invoice_id: id.clone(),
            attempt_count: failures.attempt,
            next_payment_attempt: invoice.shown.next_payment_attempt,
            amount_due: invoice.shown.amount_due.clone(),
            action_required: if asked {
                ActionRequired::ConfirmPayment
            } else {
                ActionRequired::UpdatePaymentMethod
            },
            since,
        })
    }
}
