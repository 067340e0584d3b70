//! From Stripe's words to ours: an event of the `stripe-event` crate → facts of the `subscription` crate; an object that
//! was read → an observation. Pure.

use persistence::{CustomerKey, Observation, Observed, Scope};
use stripe_event::{Event, EventKind, Object};
use subscription::{
    Before, Card, CardShown, Cause, Change, CustomerId, Details, EventId, Fact, InvoiceCause, InvoiceFact, InvoiceId,
    InvoiceStatus, Item, Money, PaymentMethodId, Renewal, Snapshot, Status, SubscriptionFact, SubscriptionId, UnixSeconds,
};

/// What an event tells about a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The customer, if the event names one.
    pub customer: Option<CustomerId>,
    /// The facts. Empty where the event tells nothing that matters to us.
    pub facts: Vec<Fact>,
}

/// Translates an event.
///
/// # Errors
/// Why the event's object, of a kind that matters to us, could not be read.
pub fn translate(event: &Event<'_>) -> Result<Told, stripe_event::ObjectError> {
    let facts = match &event.object {
        Object::Subscription { now, before } => vec![change(event, now, before)],
        Object::Invoice { now, .. } => invoice_facts(event, now),
        Object::PaymentMethod { now, .. } => card(event, now).into_iter().collect(),
        Object::CheckoutSession(_)
        | Object::Customer { .. }
        | Object::Charge(_)
        | Object::Dispute(_)
        | Object::EarlyFraudWarning(_)
        | Object::SubscriptionSchedule(_)
        | Object::Thin(_)
        | Object::Unknown { .. } => Vec::new(),
        Object::Unreadable(error) => return Err(*error),
    };
    Ok(Told {
        customer: event.customer().map(CustomerId::new),
        facts,
    })
}

fn event_id(event: &Event<'_>) -> EventId {
    EventId::new(event.id.as_ref())
}

fn change(
    event: &Event<'_>,
    now: &stripe_event::Subscription<'_>,
    before: &stripe_event::Before<stripe_event::Subscription<'_>>,
) -> Fact {
    let cause = match event.kind {
        EventKind::SubscriptionCreated => Cause::Created,
        EventKind::SubscriptionUpdated => Cause::Updated,
        EventKind::SubscriptionDeleted => Cause::Deleted,
        EventKind::SubscriptionTrialWillEnd => Cause::TrialWillEnd,
        _ => Cause::Note,
    };
    let before = match (cause, before) {
        (Cause::Created, _) => Before::Nothing,
        (Cause::Updated, stripe_event::Before::Was(before)) => Before::Known(Box::new(snapshot(before))),
        _ => Before::Unknown,
    };
    let change = Change {
        event: event_id(event),
        created: UnixSeconds::new(event.created),
        cause,
        before,
        after: snapshot(now),
        details: details(now),
    };
    Fact::Subscription {
        id: SubscriptionId::new(now.id.as_ref()),
        fact: SubscriptionFact::Change(change),
    }
}

/// π: see [`Snapshot`].
fn snapshot(subscription: &stripe_event::Subscription<'_>) -> Snapshot {
    let at = |secs: Option<i64>| secs.map(UnixSeconds::new);
    Snapshot {
        status: Status::from(subscription.status.as_str()),
        cancel_at_period_end: subscription.cancel_at_period_end,
        cancel_at: at(subscription.cancel_at),
        canceled_at: at(subscription.canceled_at),
        trial_end: at(subscription.trial_end),
        period_start: at(subscription.current_period_start),
        period_end: at(subscription.current_period_end),
        items: subscription
            .items
            .iter()
            .map(|item| Item {
                price: item.price.to_string(),
                quantity: item.quantity,
            })
            .collect(),
        pause_collection: subscription.pause_collection_behavior.as_deref().map(str::to_owned),
        latest_invoice: subscription.latest_invoice.as_deref().map(InvoiceId::new),
    }
}

fn details(subscription: &stripe_event::Subscription<'_>) -> Details {
    let text = |value: &Option<std::borrow::Cow<'_, str>>| value.as_deref().map(str::to_owned);
    Details {
        created: Some(UnixSeconds::new(subscription.created)),
        ended_at: subscription.ended_at.map(UnixSeconds::new),
        recurring_amount: subscription.recurring_amount,
        currency: subscription.currency.as_deref().map(str::to_ascii_lowercase),
        cancellation_reason: text(&subscription.cancellation_details.reason),
        cancellation_feedback: text(&subscription.cancellation_details.feedback),
        cancellation_comment: text(&subscription.cancellation_details.comment),
    }
}

fn invoice_facts(event: &Event<'_>, invoice: &stripe_event::Invoice<'_>) -> Vec<Fact> {
    let fact = if event.kind == EventKind::InvoiceUpcoming {
        renewal(event, invoice)
    } else {
        invoice_fact(event, invoice)
    };
    fact.into_iter().collect()
}

/// An upcoming invoice is only a preview; what it tells is when its subscription renews, and for how much.
fn renewal(event: &Event<'_>, invoice: &stripe_event::Invoice<'_>) -> Option<Fact> {
    let subscription = invoice.subscription.as_deref()?;
    let due_at = invoice.next_payment_attempt.or(invoice.due_date).or(invoice.period_end)?;
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

fn invoice_fact(event: &Event<'_>, invoice: &stripe_event::Invoice<'_>) -> Option<Fact> {
    let cause = match event.kind {
        EventKind::InvoicePaymentFailed => InvoiceCause::PaymentFailed,
        EventKind::InvoicePaymentActionRequired => InvoiceCause::PaymentActionRequired,
        _ => InvoiceCause::Other,
    };
    let told = ToldOfInvoice {
        by: event_id(event),
        at: UnixSeconds::new(event.created),
        cause,
        is_deleted: event.kind == EventKind::InvoiceDeleted,
    };
    let (id, fact) = told.fact(invoice)?;
    Some(Fact::Invoice { id, fact })
}

/// How an invoice came to be told.
struct ToldOfInvoice {
    by: EventId,
    at: UnixSeconds,
    cause: InvoiceCause,
    is_deleted: bool,
}

impl ToldOfInvoice {
    /// `None` where the invoice is only a preview.
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
        };
        Some((id, fact))
    }
}

/// A status never heard of is no evidence of progress.
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

/// What a subscription was that was read at some instant from `not_before` to `not_after`, of Stripe's clock.
#[must_use]
pub fn observed_subscription(
    read: &stripe_event::Subscription<'_>,
    scope: &Scope,
    (not_before, not_after): (UnixSeconds, UnixSeconds),
) -> Observation {
    Observation {
        customer: CustomerKey {
            id: CustomerId::new(read.customer.as_ref()),
            scope: scope.clone(),
        },
        of: Observed::Subscription {
            id: SubscriptionId::new(read.id.as_ref()),
            snapshot: snapshot(read),
            details: details(read),
        },
        not_before,
        not_after,
    }
}

/// The same of an invoice. That it was read tells of no failed attempt: those have events of their own. `None` where it is only
/// a preview.
#[must_use]
pub fn observed_invoice(
    read: &stripe_event::Invoice<'_>,
    scope: &Scope,
    (not_before, not_after): (UnixSeconds, UnixSeconds),
) -> Option<Observation> {
    let told = ToldOfInvoice {
        by: EventId::new(format!("read:{}", not_before.as_secs())),
        at: not_before,
        cause: InvoiceCause::Other,
        is_deleted: false,
    };
    let (id, fact) = told.fact(read)?;
    Some(Observation {
        customer: CustomerKey {
            id: CustomerId::new(read.customer.as_ref()),
            scope: scope.clone(),
        },
        of: Observed::Invoice { id, fact },
        not_before,
        not_after,
    })
}

fn card(event: &Event<'_>, method: &stripe_event::PaymentMethod<'_>) -> Option<Fact> {
    method.customer.as_ref()?;
    let created = UnixSeconds::new(event.created);
    let card = method.card.as_ref();
    Some(Fact::Card {
        id: PaymentMethodId::new(method.id.as_ref()),
        card: Card {
            attached_at: (event.kind == EventKind::PaymentMethodAttached).then_some(created),
            shown: CardShown {
                told_at: created,
                event: event_id(event),
                brand: card.map_or(method.kind.as_ref(), |card| card.brand.as_ref()).to_owned(),
                last4: card.map(|card| card.last4.to_string()),
                exp_month: card.map(|card| card.exp_month),
                exp_year: card.map(|card| card.exp_year),
            },
        },
    })
}
