//! A subscription schedule, as an event tells it.

use stripe_event::Event;
use subscription::{Fact, Schedule, SubscriptionId, UnixSeconds};

use crate::event_id;

/// A schedule that lets go of its subscription plans nothing for it any more.
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
