//! A fake Stripe beside a server.

use simulator::api::Serving;
use simulator::{FakeStripe, Trigger};
use stripe_event::Event;

use super::new_event_id;

/// Under which servers of tests ask it.
pub(crate) const STRIPE_KEY: (&str, &str) = ("DUNLIN_STRIPE_API_KEY", "rk_test_dunlin");

/// A Stripe at which all that happens by now is settled in the list of events, and where it is asked.
pub(crate) fn settled_stripe() -> (FakeStripe, String, Serving) {
    let stripe = FakeStripe::new(false);
    stripe.run_ahead(600);
    let (url, serving) = stripe.serve().unwrap();
    (stripe, url, serving)
}

/// Something happens at Stripe in this second: the event's id, and its body as it would be delivered.
pub(crate) fn happens(stripe: &FakeStripe, trigger: &Trigger, second: i64) -> (String, Vec<u8>) {
    let id = new_event_id();
    let body = trigger.event_body(&id, second).unwrap();
    // What happened stays so for as long as the test runs.
    stripe.tell(&[Event::parse(Box::leak(body.clone().into_boxed_slice())).unwrap()]);
    (id, body)
}
