//! The effective status: an invoice may report a change before the subscription does.
//!
//! Stripe announces a failed renewal twice: with `invoice.payment_failed` and, at its own pace, with
//! `customer.subscription.updated`. The first of the two counts. The next subscription fact always wins, so the answer
//! can be early but not wrong for good.

use crate::facts::{Facts, Folded, Invoice, InvoiceStatus};
use crate::{Status, UnixSeconds};

/// A subscription's status according to both the subscription and its latest invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effective {
    pub(crate) status: Status,
    /// The status rests on an invoice alone: no subscription fact is known.
    pub(crate) is_inferred: bool,
    /// The time since which a payment is owed, if it does not come from the subscription itself.
    pub(crate) owing_since: Option<UnixSeconds>,
}

/// Returns the effective status for these facts and this latest invoice; `None` if neither says anything.
pub(crate) fn effective(facts: &Facts, folded: Option<&Folded>, latest: Option<&Invoice>) -> Option<Effective> {
    let Some(folded) = folded else {
        let status = status_by_invoice_alone(latest?)?;
        return Some(Effective {
            owing_since: latest?.failures.map(|failures| failures.first_at),
            status,
            is_inferred: true,
        });
    };
    let told_at = facts.last_told_at();
    let stated = &folded.snapshot.status;
    let mut owing_since = None;
    let status = match latest {
        Some(invoice) if fails_renewal(stated, folded.snapshot.trial_end, invoice, told_at) && !has_answered(facts, invoice) => {
            // Failures before the subscription's last fact do not count: that fact says that it was paying.
            let failures = invoice.failures;
            let first = failures.map(|failures| failures.first_at).filter(|&at| Some(at) >= told_at);
            owing_since = first.or(failures.map(|failures| failures.last_at));
            Status::PastDue
        }
        Some(invoice) if *stated == Status::PastDue && is_paid_since(invoice, told_at) => Status::Active,
        _ => stated.clone(),
    };
    Some(Effective {
        status,
        is_inferred: false,
        owing_since,
    })
}

fn fails_renewal(stated: &Status, trial_end: Option<UnixSeconds>, invoice: &Invoice, told_at: Option<UnixSeconds>) -> bool {
    let Some(failures) = invoice.failures else {
        return false;
    };
    let is_paying = match stated {
        Status::Active => true,
        Status::Trialing => trial_end.is_some_and(|end| end <= failures.last_at),
        Status::Incomplete
        | Status::IncompleteExpired
        | Status::PastDue
        | Status::Unpaid
        | Status::Canceled
        | Status::Paused
        | Status::Unknown(_) => false,
    };
    is_paying && invoice.is_charged_renewal() && invoice.status() == InvoiceStatus::Open && Some(failures.last_at) >= told_at
}

/// Returns `true` if the subscription was past due in the second of the failure or after it. Then its present status
/// takes the failure into account.
fn has_answered(facts: &Facts, invoice: &Invoice) -> bool {
    facts.last_past_due_at() >= invoice.failures.map(|failures| failures.last_at)
}

fn is_paid_since(invoice: &Invoice, told_at: Option<UnixSeconds>) -> bool {
    invoice.payment.is_some_and(|payment| Some(payment.last_told_at) >= told_at)
}

fn status_by_invoice_alone(invoice: &Invoice) -> Option<Status> {
    match invoice.status() {
        InvoiceStatus::Paid => Some(Status::Active),
        // A tenant who pays by sent invoice may have a failed attempt before the due date.
        InvoiceStatus::Open if invoice.is_sent() => Some(Status::Active),
        InvoiceStatus::Open if invoice.failures.is_some() => Some(if invoice.is_first() {
            Status::Incomplete
        } else {
            Status::PastDue
        }),
        InvoiceStatus::Draft
        | InvoiceStatus::Open
        | InvoiceStatus::Uncollectible
        | InvoiceStatus::Deleted
        | InvoiceStatus::Void => None,
    }
}
