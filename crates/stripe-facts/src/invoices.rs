//! The facts of an event or an API read about an invoice.

use stripe_event::{Before, Event, EventKind};
use subscription::facts::{Fact, InvoiceCause, InvoiceFact, InvoiceStatus, Observed, Renewal, SubscriptionFact};
use subscription::{EventId, InvoiceId, Money, SubscriptionId, UnixSeconds};

use crate::event_id;

/// Returns an invoice as read, not before a moment of Stripe's clock. A read reports no failed attempt, because failed
/// attempts have their own events. Returns `None` for a preview.
#[must_use]
pub fn observed_invoice(read: &stripe_event::Invoice<'_>, not_before: UnixSeconds) -> Option<Observed> {
    let told = ToldOfInvoice {
        by: EventId::new(format!("read:{}", not_before.as_secs())),
        at: not_before,
        cause: InvoiceCause::Other,
        is_deleted: false,
    };
    let (id, fact) = told.fact(read)?;
    Some(Observed::Invoice { id, fact })
}

pub(crate) fn invoice_fact(
    event: &Event<'_>,
    invoice: &stripe_event::Invoice<'_>,
    before: &Before<stripe_event::Invoice<'_>>,
) -> Option<Fact> {
    let cause = match event.kind {
        EventKind::InvoiceUpcoming => return renewal(event, invoice),
        EventKind::InvoicePaymentFailed => InvoiceCause::PaymentFailed,
        EventKind::InvoicePaymentActionRequired => InvoiceCause::PaymentActionRequired,
        EventKind::InvoiceFinalizationFailed => InvoiceCause::FinalizationFailed,
        EventKind::InvoicePaymentAttemptRequired => InvoiceCause::PaymentAttemptRequired,
        _ => InvoiceCause::Other,
    };
    let told = ToldOfInvoice {
        by: event_id(event),
        at: UnixSeconds::new(event.created),
        cause,
        is_deleted: event.kind == EventKind::InvoiceDeleted,
    };
    let was = match before {
        Before::Was(before) => told.clone().fact(before).map(|(_, was)| Box::new(was)),
        Before::NotGiven => None,
    };
    let (id, fact) = told.fact(invoice)?;
    Some(Fact::Invoice {
        id,
        fact: InvoiceFact { before: was, ..fact },
    })
}

/// The circumstances of a report about an invoice.
#[derive(Clone)]
struct ToldOfInvoice {
    by: EventId,
    at: UnixSeconds,
    cause: InvoiceCause,
    is_deleted: bool,
}

impl ToldOfInvoice {
    /// Returns the fact; `None` if the invoice is only a preview.
    fn fact(self, invoice: &stripe_event::Invoice<'_>) -> Option<(InvoiceId, InvoiceFact)> {
        let id = InvoiceId::new(invoice.id.as_deref()?);
        let text = |value: &Option<std::borrow::Cow<'_, str>>| value.as_deref().map(str::to_owned);
        let fact = InvoiceFact {
            event: self.by,
            told_at: self.at,
            cause: self.cause,
            status: if self.is_deleted {
                InvoiceStatus::Deleted
            } else {
                invoice_status(invoice)
            },
            subscription: invoice.subscription.as_deref().map(SubscriptionId::new),
            created: UnixSeconds::new(invoice.created),
            attempt_count: invoice.attempt_count,
            paid_at: invoice.paid_at.map(UnixSeconds::new),
            billing_reason: text(&invoice.billing_reason),
            collection_method: text(&invoice.collection_method),
            next_payment_attempt: invoice.next_payment_attempt.map(UnixSeconds::new),
            amount_due: Money::new(invoice.amount_due, &invoice.currency),
            hosted_invoice_url: text(&invoice.hosted_invoice_url),
            number: text(&invoice.number),
            amount_remaining: Some(invoice.amount_remaining),
            amount_paid: Some(invoice.amount_paid),
            due_date: invoice.due_date.map(UnixSeconds::new),
            finalization_error: text(&invoice.finalization_error),
            before: None,
        };
        Some((id, fact))
    }
}

/// Returns the status. An unknown status is no evidence of progress.
fn invoice_status(invoice: &stripe_event::Invoice<'_>) -> InvoiceStatus {
    use stripe_event::InvoiceStatus as Told;
    match &invoice.status {
        Some(Told::Open) => InvoiceStatus::Open,
        Some(Told::Paid) => InvoiceStatus::Paid,
        Some(Told::Uncollectible) => InvoiceStatus::Uncollectible,
        Some(Told::Void) => InvoiceStatus::Void,
        Some(Told::Draft | Told::Other(_)) | None => InvoiceStatus::Draft,
    }
}

/// Returns the renewal that an upcoming invoice announces: its time and its amount. Such an invoice is only a preview.
/// If it will be sent, no payment method is charged, and its due date is long after the renewal.
fn renewal(event: &Event<'_>, invoice: &stripe_event::Invoice<'_>) -> Option<Fact> {
    let subscription = invoice.subscription.as_deref()?;
    let due_at = invoice.next_payment_attempt.or(invoice.period_end).or(invoice.due_date)?;
    Some(Fact::Subscription {
        id: SubscriptionId::new(subscription),
        fact: SubscriptionFact::Renewal(Renewal {
            due_at: UnixSeconds::new(due_at),
            announced_at: UnixSeconds::new(event.created),
            event: event_id(event),
            amount: Money::new(invoice.amount_due, &invoice.currency),
        }),
    })
}
