//! From Stripe's words to ours: an event of the `stripe-event` crate → facts of the `subscription` crate; an object that
//! was read → an observation. Pure.

use persistence::{CustomerKey, Observation, Observed, Scope};
use stripe_event::{Before, Event, EventKind, Object};
use subscription::{
    Card, CardShown, Cause, Change, ChargeId, CustomerId, Details, Dispute, DisputeId, EventId, Fact, InvoiceCause, InvoiceFact,
    InvoiceId, InvoiceStatus, Item, Money, PaymentMethodId, ProfileBefore, ProfileVersion, Renewal, Schedule, Snapshot, Status,
    SubscriptionFact, SubscriptionId, UnixSeconds,
};

/// What an event tells about a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The customer, if the event names one.
    pub customer: Option<CustomerId>,
    /// The facts. Empty where the event tells nothing that matters to us.
    pub facts: Vec<Fact>,
    /// The payment that it shows to be the customer's.
    pub charge: Option<ChargeId>,
}

/// Translates an event.
///
/// # Errors
/// Why the event's object, of a kind that matters to us, could not be read.
pub fn translate(event: &Event<'_>) -> Result<Told, stripe_event::ObjectError> {
    let facts = match &event.object {
        Object::Subscription { now, before } => vec![change(event, now, before)],
        Object::Invoice { now, before } => invoice_fact(event, now, before).into_iter().collect(),
        Object::PaymentMethod { now, .. } => card(event, now).into_iter().collect(),
        Object::Customer { now, before } => vec![profile(event, now, before)],
        Object::Dispute(dispute) => disputed(event, dispute).into_iter().collect(),
        Object::EarlyFraudWarning(warning) => vec![warned(event, warning)],
        Object::SubscriptionSchedule(schedule) => planned(event, schedule).into_iter().collect(),
        Object::CheckoutSession(_) | Object::Charge(_) | Object::Thin(_) | Object::Unknown { .. } => Vec::new(),
        Object::Unreadable(error) => return Err(*error),
    };
    Ok(Told {
        customer: event.customer().map(CustomerId::new),
        charge: match &event.object {
            Object::Charge(charge) if charge.customer.is_some() => Some(ChargeId::new(charge.id.as_ref())),
            _ => None,
        },
        facts,
    })
}

fn event_id(event: &Event<'_>) -> EventId {
    EventId::new(event.id.as_ref())
}

fn change(event: &Event<'_>, now: &stripe_event::Subscription<'_>, before: &Before<stripe_event::Subscription<'_>>) -> Fact {
    let cause = match event.kind {
        EventKind::SubscriptionCreated => Cause::Created,
        EventKind::SubscriptionUpdated => Cause::Updated,
        EventKind::SubscriptionDeleted => Cause::Deleted,
        EventKind::SubscriptionTrialWillEnd => Cause::TrialWillEnd,
        _ => Cause::Note,
    };
    let known_before = match (cause, before) {
        (Cause::Created, _) => subscription::Before::Nothing,
        (Cause::Updated, Before::Was(before)) => subscription::Before::Known(Box::new(snapshot(before))),
        _ => subscription::Before::Unknown,
    };
    let details_now = details(now);
    let details_before = match before {
        Before::Was(before) if cause == Cause::Updated => Some(details(before)),
        Before::Was(_) | Before::NotGiven => None,
    };
    let change = Change {
        event: event_id(event),
        created: UnixSeconds::new(event.created),
        cause,
        before: known_before,
        after: snapshot(now),
        details_before: details_before.filter(|before| *before != details_now).map(Box::new),
        details: details_now,
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
        start_date: subscription.start_date.map(UnixSeconds::new),
        ended_at: subscription.ended_at.map(UnixSeconds::new),
        is_discounted: subscription.is_discounted,
        has_more_items: subscription.has_more_items,
        all_items: None,
        collection_method: text(&subscription.collection_method),
        default_payment_method: subscription.default_payment_method.as_deref().map(PaymentMethodId::new),
        trial_end_behavior: text(&subscription.trial_end_behavior),
        paused_reason: text(&subscription.paused_reason),
        collection_resumes_at: subscription.pause_collection_resumes_at.map(UnixSeconds::new),
        recurring_amount: subscription.recurring_amount,
        currency: subscription.currency.as_deref().map(str::to_ascii_lowercase),
        cancellation_reason: text(&subscription.cancellation_details.reason),
        cancellation_feedback: text(&subscription.cancellation_details.feedback),
        cancellation_comment: text(&subscription.cancellation_details.comment),
    }
}

/// An upcoming invoice is only a preview; what it tells is when its subscription renews, and for how much. One that will be sent is
/// not tried on anything, and is due long after the renewal.
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

fn invoice_fact(
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

/// How an invoice came to be told.
#[derive(Clone)]
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
            amount_remaining: Some(invoice.amount_remaining),
            amount_paid: Some(invoice.amount_paid),
            due_date: invoice.due_date.map(UnixSeconds::new),
            finalization_error: text(&invoice.finalization_error),
            before: None,
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

/// A payment method that nobody has any more tells that it was detached, and no more.
fn card(event: &Event<'_>, method: &stripe_event::PaymentMethod<'_>) -> Option<Fact> {
    let created = UnixSeconds::new(event.created);
    let is_detached = event.kind == EventKind::PaymentMethodDetached;
    if method.customer.is_none() && !is_detached {
        return None;
    }
    let card = method.card.as_ref();
    Some(Fact::Card {
        id: PaymentMethodId::new(method.id.as_ref()),
        card: Card {
            attached_at: (event.kind == EventKind::PaymentMethodAttached).then_some(created),
            detached_at: is_detached.then_some(created),
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

fn profile(event: &Event<'_>, now: &stripe_event::Customer<'_>, before: &Before<stripe_event::Customer<'_>>) -> Fact {
    let default = |customer: &stripe_event::Customer<'_>| customer.default_payment_method.as_deref().map(PaymentMethodId::new);
    Fact::Profile(ProfileVersion {
        told_at: UnixSeconds::new(event.created),
        event: event_id(event),
        default_payment_method: default(now),
        before: match before {
            Before::Was(before) => Some(ProfileBefore {
                default_payment_method: default(before),
            }),
            Before::NotGiven => None,
        },
        is_deleted: event.kind == EventKind::CustomerDeleted,
    })
}

/// A dispute as it is opened and closed. What happens between is for those who answer it.
fn disputed(event: &Event<'_>, dispute: &stripe_event::Dispute<'_>) -> Option<Fact> {
    let is_closed = match event.kind {
        EventKind::DisputeCreated => false,
        EventKind::DisputeClosed => true,
        _ => return None,
    };
    Some(Fact::Dispute {
        id: DisputeId::new(dispute.id.as_ref()),
        dispute: Dispute {
            is_closed,
            told_at: UnixSeconds::new(event.created),
            event: event_id(event),
            charge: ChargeId::new(dispute.charge.as_ref()),
            amount: (!dispute.currency.is_empty()).then(|| Money::new(dispute.amount, &dispute.currency)),
            reason: dispute.reason.as_deref().map(str::to_owned),
            status: dispute.status.as_deref().map(str::to_owned),
            is_warning: false,
        },
    })
}

fn warned(event: &Event<'_>, warning: &stripe_event::EarlyFraudWarning<'_>) -> Fact {
    Fact::Dispute {
        id: DisputeId::new(warning.id.as_ref()),
        dispute: Dispute {
            is_closed: false,
            told_at: UnixSeconds::new(event.created),
            event: event_id(event),
            charge: ChargeId::new(warning.charge.as_ref()),
            amount: None,
            reason: warning.fraud_type.as_deref().map(str::to_owned),
            status: None,
            is_warning: true,
        },
    }
}

/// A schedule that lets go of its subscription plans nothing for it any more.
fn planned(event: &Event<'_>, schedule: &stripe_event::SubscriptionSchedule<'_>) -> Option<Fact> {
    let subscription = schedule.subscription.as_ref().or(schedule.released_subscription.as_ref())?;
    Some(Fact::Schedule {
        id: SubscriptionId::new(subscription.as_ref()),
        schedule: Schedule {
            told_at: UnixSeconds::new(event.created),
            event: event_id(event),
            ends_at: schedule.ends_at.map(UnixSeconds::new),
        },
    })
}
