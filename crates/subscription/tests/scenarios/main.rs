//! The named scenarios: deliveries that other ways of following Stripe get wrong, and their required results.
//!
//! If a scenario is about a request, a crash or a database, this is its domain part. `rolled_secret` has none: it lives
//! in the crate `stripe-signature`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

#[path = "../support/mod.rs"]
mod support;

mod invoices;
mod order;
mod reads;
mod several;
mod storage;

use subscription::Status;
use subscription::access::{Access, Policy, access};
use subscription::facts::Fact;
use subscription::notices::Standing;
use subscription::state::{CustomerState, SubscriptionState};
use subscription::testing::{SubscriptionBuilder, at, permutations, sub, told};

use support::owed_along;

const A: SubscriptionBuilder = sub("A").begun(1);
const B: SubscriptionBuilder = sub("B").begun(101);

/// Deliveries from left to right, and their required result.
struct Scenario<'a> {
    deliveries: Vec<Fact>,
    /// The tenant's status at the end, in any order of delivery.
    status: Option<Status>,
    sure: Sure,
    /// The notices that each delivery owes, in this order.
    owes: &'a [&'a [&'a str]],
}

#[derive(Debug, PartialEq, Eq)]
enum Sure {
    /// There is nothing to ask Stripe.
    Certain,
    /// The answer holds, but earlier facts are missing.
    WithGap,
    /// The facts allow another answer.
    InDoubt,
}

fn sure(state: &CustomerState) -> Sure {
    match &state.subscription {
        Some(SubscriptionState { doubt: Some(_), .. }) => Sure::InDoubt,
        Some(SubscriptionState { gap: true, .. }) => Sure::WithGap,
        Some(_) | None => Sure::Certain,
    }
}

fn check(scenario: &Scenario<'_>) -> Standing {
    let standing = told(&scenario.deliveries).standing();
    assert_eq!(standing.state.status(), scenario.status.as_ref());
    assert_eq!(sure(&standing.state), scenario.sure);
    assert_eq!(owed_along(&scenario.deliveries), scenario.owes);
    assert!(scenario.deliveries.len() <= 6, "too many orders to try them all");
    for order in permutations(&scenario.deliveries) {
        assert_eq!(told(&order).standing(), standing, "{order:#?}");
        let twice = order.iter().chain(&order);
        assert_eq!(told(twice).standing(), standing, "{order:#?}, twice");
    }
    standing
}

fn access_at(standing: &Standing, secs: i64) -> Access {
    access(&standing.state, &Policy::default(), at(secs))
}
