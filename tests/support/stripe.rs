//! A fake Stripe beside a server.

use simulator::api::Serving;
use simulator::{FakeStripe, Trigger};
use stripe_event::Event;

use super::new_event_id;

/// The key with which servers under test call it.
pub(crate) const STRIPE_KEY: (&str, &str) = ("DUNLIN_STRIPE_API_KEY", "rk_test_dunlin");

/// Returns a fake Stripe whose list of events is settled up to now, with its URL and its server.
pub(crate) fn settled_stripe() -> (FakeStripe, String, Serving) {
    let stripe = FakeStripe::new(false);
    stripe.run_ahead(600);
    let (url, serving) = stripe.serve().unwrap();
    (stripe, url, serving)
}

/// Lets an event happen at Stripe in this second. Returns its id, and the body of its delivery.
pub(crate) fn happens(stripe: &FakeStripe, trigger: &Trigger, second: i64) -> (String, Vec<u8>) {
    let id = new_event_id();
    let body = trigger.event_body(&id, second).unwrap();
    // The event lives as long as the test, so its body may be leaked.
    stripe.tell(&[Event::parse(Box::leak(body.clone().into_boxed_slice())).unwrap()]);
    (id, body)
}
