//! The facts of an event about a subscription schedule.

use stripe_event::Event;
use subscription::facts::{Fact, Schedule};
use subscription::{SubscriptionId, UnixSeconds};

use crate::event_id;

/// Returns the plan of a schedule. A released schedule plans nothing for its former subscription.
pub(crate) fn planned(event: &Event<'_>, schedule: &stripe_event::SubscriptionSchedule<'_>) -> Option<Fact> {
    let subscription = schedule.planned_subscription()?;
    Some(Fact::Schedule {
        id: SubscriptionId::new(subscription),
        schedule: Schedule {
            told_at: UnixSeconds::new(event.created),
            event: event_id(event),
            ends_at: schedule.ends_at.map(UnixSeconds::new),
        },
    })
}
