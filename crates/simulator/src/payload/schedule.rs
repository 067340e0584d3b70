//! Subscription schedules as JSON.

use serde_json::{Value, json};
use stripe_event::SubscriptionSchedule;

use super::set;

/// Fills in a schedule of one phase. It ends its subscription with that phase, continues without an end, or has
/// released it.
pub(super) fn tell(object: &mut Value, schedule: &SubscriptionSchedule<'_>) {
    let is_released = schedule.released_subscription.is_some();
    let subscription = schedule.subscription.as_deref();
    set(object, "id", schedule.id.as_ref());
    set(object, "customer", schedule.customer.as_deref());
    set(object, "subscription", subscription);
    set(object, "released_subscription", schedule.released_subscription.as_deref());
    set(object, "status", if is_released { "released" } else { "active" });
    set(
        object,
        "end_behavior",
        if schedule.ends_at.is_some() { "cancel" } else { "release" },
    );
    let phase = &mut object["phases"][0];
    let end = schedule.ends_at.or(phase["end_date"].as_i64());
    set(phase, "end_date", end);
    let current = (!is_released).then(|| json!({"end_date": end, "start_date": phase["start_date"]}));
    set(object, "current_phase", current);
}
