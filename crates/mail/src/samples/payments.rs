//! Letters to customers about invoices and payments.

use subscription::UnixSeconds;
use subscription::notices::{FailedPayment, Notice, SentInvoice};

use super::{DAY, NOW, Sample, eur, failed, invoice, pay_url, sample, subscription};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = failures();
    samples.extend(sent_invoices());
    samples.extend(suspensions());
    samples
}

fn failures() -> Vec<Sample> {
    let next = Some(NOW.plus_secs(3 * DAY));
    let ending = |attempt, next| FailedPayment {
        ends_at: Some(NOW.plus_secs(20 * DAY)),
        ..failed(attempt, next)
    };
    vec![
        sample("payment_failed_first", Notice::PaymentFailed(failed(1, next))),
        sample("payment_failed_middle", Notice::PaymentFailed(failed(2, next))),
        sample("payment_failed_last", Notice::PaymentFailed(failed(4, None))),
        sample("payment_failed_first_end_set", Notice::PaymentFailed(ending(1, next))),
        sample("payment_failed_middle_end_set", Notice::PaymentFailed(ending(2, next))),
        sample("payment_failed_open_end_set", Notice::PaymentFailed(ending(4, None))),
        sample("payment_action_required", Notice::PaymentActionRequired(failed(1, next))),
        sample(
            "payment_action_required_end_set",
            Notice::PaymentActionRequired(ending(1, next)),
        ),
        sample(
            "payment_recovered",
            Notice::PaymentRecovered {
                invoice: invoice(),
                amount: eur(4900),
            },
        ),
    ]
}

pub(super) fn sent(due_at: UnixSeconds) -> SentInvoice {
    SentInvoice {
        invoice: invoice(),
        number: Some("DEMO-0042".to_owned()),
        amount: eur(4900),
        due_at,
        pay_url: Some(pay_url()),
    }
}

fn sent_invoices() -> Vec<Sample> {
    let bare = |due_at| SentInvoice {
        number: None,
        pay_url: None,
        ..sent(due_at)
    };
    let (soon, past) = (NOW.plus_secs(7 * DAY), NOW.plus_secs(-DAY));
    vec![
        sample("invoice_due_soon", Notice::InvoiceDueSoon(sent(soon))),
        sample("invoice_due_soon_bare", Notice::InvoiceDueSoon(bare(soon))),
        sample("invoice_overdue", Notice::InvoiceOverdue(sent(past))),
        sample("invoice_overdue_bare", Notice::InvoiceOverdue(bare(past))),
    ]
}

fn suspensions() -> Vec<Sample> {
    let suspended = |amount, pay_url| Notice::AccessSuspended {
        subscription: subscription(),
        invoice: Some(invoice()),
        amount,
        pay_url,
    };
    vec![
        sample("access_suspended", suspended(Some(eur(4900)), Some(pay_url()))),
        sample("access_suspended_amount_unknown", suspended(None, Some(pay_url()))),
        sample("access_suspended_bare", suspended(None, None)),
    ]
}
