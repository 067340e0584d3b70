//! The facts of an event about a customer.

use stripe_event::{Before, Event, EventKind};
use subscription::facts::{Fact, ProfileBefore, ProfileVersion};
use subscription::{PaymentMethodId, UnixSeconds};

use crate::event_id;

pub(crate) fn profile(event: &Event<'_>, now: &stripe_event::Customer<'_>, before: &Before<stripe_event::Customer<'_>>) -> Fact {
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
