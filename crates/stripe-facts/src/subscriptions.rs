//! The facts of an event or an API read about a subscription.

use stripe_event::{Before, Event, EventKind};
use subscription::facts::{Cause, Change, Details, Fact, Item, Observed, Snapshot, SubscriptionFact};
use subscription::{InvoiceId, PaymentMethodId, Status, SubscriptionId, UnixSeconds};

use crate::event_id;

/// Returns a subscription as read.
#[must_use]
pub fn observed_subscription(read: &stripe_event::Subscription<'_>) -> Observed {
    Observed::Subscription {
        id: SubscriptionId::new(read.id.as_ref()),
        snapshot: snapshot(read),
        details: details(read),
    }
}

pub(crate) fn change(
    event: &Event<'_>,
    now: &stripe_event::Subscription<'_>,
    before: &Before<stripe_event::Subscription<'_>>,
) -> Fact {
    let cause = match event.kind {
        EventKind::SubscriptionCreated => Cause::Created,
        EventKind::SubscriptionUpdated => Cause::Updated,
        EventKind::SubscriptionDeleted => Cause::Deleted,
        EventKind::SubscriptionTrialWillEnd => Cause::TrialWillEnd,
        _ => Cause::Note,
    };
    let known_before = match (cause, before) {
        (Cause::Created, _) => subscription::facts::Before::Nothing,
        (Cause::Updated, Before::Was(before)) => subscription::facts::Before::Known(Box::new(snapshot(before))),
        _ => subscription::facts::Before::Unknown,
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

/// Returns π of the subscription: see [`Snapshot`].
pub(crate) fn snapshot(subscription: &stripe_event::Subscription<'_>) -> Snapshot {
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

pub(crate) fn details(subscription: &stripe_event::Subscription<'_>) -> Details {
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
