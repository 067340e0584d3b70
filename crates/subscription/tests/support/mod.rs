//! Deliveries with the notices that they owe, and facts that need not be true.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

pub(crate) mod anything;

use subscription::Customer;
use subscription::facts::{Fact, Facts};
use subscription::notices::Notice;
use subscription::testing::{SubscriptionBuilder, told};

/// Returns the facts about one subscription among these.
pub(crate) fn facts_of<'a>(subscription: SubscriptionBuilder, told_facts: impl IntoIterator<Item = &'a Fact>) -> Facts {
    told(told_facts).facts(&subscription.id()).cloned().unwrap_or_default()
}

/// Adds each fact in turn. Returns the keys of the notices that each one owes.
pub(crate) fn deliver<'a>(customer: &mut Customer, deliveries: impl IntoIterator<Item = &'a Fact>) -> Vec<Vec<String>> {
    let mut before = customer.standing();
    let mut owed = Vec::new();
    for fact in deliveries {
        customer.learn(fact.clone());
        let after = customer.standing();
        owed.push(keys(&after.owed_since(&before)));
        before = after;
    }
    owed
}

/// Delivers each fact in turn to a customer about whom nothing is known.
pub(crate) fn owed_along<'a>(deliveries: impl IntoIterator<Item = &'a Fact>) -> Vec<Vec<String>> {
    deliver(&mut Customer::default(), deliveries)
}

pub(crate) fn keys(notices: &[Notice]) -> Vec<String> {
    notices.iter().map(Notice::key).collect()
}
