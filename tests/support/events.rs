//! Events to deliver.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use simulator::Trigger;
use stripe_signature::{Secret, sign};

use super::SECRET;

pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// Returns the header that Stripe would send with this body now.
pub(crate) fn signature(body: &[u8]) -> String {
    sign(&Secret::parse(SECRET).unwrap(), body, now())
}

/// Returns an event id that is new.
pub(crate) fn new_event_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("evt_test{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Returns the body of a new event.
pub(crate) fn event_body(trigger: &Trigger) -> Vec<u8> {
    trigger.event_body(&new_event_id(), now()).unwrap()
}

/// Returns the body of a new event with these overrides.
pub(crate) fn event_with(event: &str, customer: &str, subscription: &str, overrides: &[&str]) -> Vec<u8> {
    event_body(&trigger(event, customer, subscription, overrides))
}

/// Makes a trigger with these overrides.
pub(crate) fn trigger(event: &str, customer: &str, subscription: &str, overrides: &[&str]) -> Trigger {
    Trigger {
        customer: customer.to_owned(),
        subscription: subscription.to_owned(),
        overrides: overrides.iter().map(|text| text.parse().unwrap()).collect(),
        ..Trigger::new(event)
    }
}
