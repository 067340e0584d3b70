//! The facts of an event about a payment method.

use stripe_event::{Event, EventKind};
use subscription::facts::{Card, CardShown, Fact};
use subscription::{PaymentMethodId, UnixSeconds};

use crate::event_id;

/// Returns the fact about a payment method. For one without a customer, only its detachment is a fact.
pub(crate) fn card(event: &Event<'_>, method: &stripe_event::PaymentMethod<'_>) -> Option<Fact> {
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
