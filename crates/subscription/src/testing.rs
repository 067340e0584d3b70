//! Builders of facts, and every order of them, for tests.
//!
//! A test of code that uses this crate needs facts and does not care about most of their fields. Each builder gives
//! every fact an event id that follows from its content, so the same call twice is the same fact.
//!
//! ```
//! use subscription::Status::{Active, PastDue};
//! use subscription::access::{Policy, Reason, access};
//! use subscription::testing::{at, invoice, permutations, sub, told};
//!
//! let facts = [
//!     sub("sub_1").created(10, Active),
//!     invoice("in_1").of("sub_1").made(100).failed(100, 1),
//!     sub("sub_1").updated(101, Active, PastDue),
//! ];
//! // Stripe may deliver them in any order.
//! for order in permutations(&facts) {
//!     let decision = access(&told(&order).state(), &Policy::default(), at(200));
//!     assert!(decision.allowed);
//!     assert_eq!(decision.reason, Reason::PaymentPastDue);
//! }
//! ```
//!
//! This module is there with the feature `testing`. Its content may change with any version.

mod invoice_builder;
mod subscription_builder;

use crate::facts::{Card, CardShown, Fact, Snapshot, SubscriptionFact};
use crate::{Customer, EventId, PaymentMethodId, Status, UnixSeconds};

pub use invoice_builder::{InvoiceBuilder, invoice};
pub use subscription_builder::{SubscriptionBuilder, sub};

/// Returns the time `secs` seconds after the epoch.
pub const fn at(secs: i64) -> UnixSeconds {
    UnixSeconds::new(secs)
}

/// Returns a trial that ends at `trial_end`.
pub fn trialing_until(trial_end: i64) -> Snapshot {
    Snapshot {
        trial_end: Some(at(trial_end)),
        ..Snapshot::of_status(Status::Trialing)
    }
}

/// Returns a card that was attached at `attached_at` and is valid to the end of 2031.
pub fn card(name: &str, attached_at: i64) -> Fact {
    Fact::Card {
        id: PaymentMethodId::new(name),
        card: Card {
            attached_at: Some(at(attached_at)),
            detached_at: None,
            shown: CardShown {
                told_at: at(attached_at),
                event: EventId::new(format!("evt_{name}_{attached_at}")),
                brand: "visa".to_owned(),
                last4: Some("4242".to_owned()),
                exp_month: Some(12),
                exp_year: Some(2031),
            },
        },
    }
}

/// Returns the same content under another event id. A fact that comes from no event stays as it is.
#[must_use]
pub fn as_event(mut fact: Fact, event: &str) -> Fact {
    let event = EventId::new(event);
    match &mut fact {
        Fact::Subscription { fact, .. } => match fact {
            SubscriptionFact::Change(change) => change.event = event,
            SubscriptionFact::Renewal(renewal) => renewal.event = event,
            SubscriptionFact::Read(_) | SubscriptionFact::Baseline(_) => {}
        },
        Fact::Invoice { fact, .. } => fact.event = event,
        Fact::Card { card, .. } => card.shown.event = event,
        Fact::Schedule { schedule, .. } => schedule.event = event,
        Fact::Dispute { dispute, .. } => dispute.event = event,
        Fact::Profile(version) => version.event = event,
    }
    fact
}

/// Returns a customer with all of these facts.
pub fn told<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Customer {
    let mut customer = Customer::default();
    for fact in facts {
        customer.learn(fact.clone());
    }
    customer
}

/// Returns every order of these values. There are n! orders of n values: 720 of six.
pub fn permutations<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    let Some((first, rest)) = of.split_first() else {
        return vec![Vec::new()];
    };
    let with_first = |order: Vec<T>| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, first.clone());
            order
        })
    };
    permutations(rest).into_iter().flat_map(with_first).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_order_is_there_once() {
        for (count, orders) in [(0, 1), (1, 1), (2, 2), (3, 6), (4, 24)] {
            let values: Vec<u8> = (0..count).collect();
            let found = permutations(&values);
            assert_eq!(found.len(), orders);
            let distinct: BTreeSet<_> = found.iter().collect();
            assert_eq!(distinct.len(), orders, "of {count}");
        }
    }

    #[test]
    fn the_same_call_builds_the_same_fact_and_another_event_another() {
        let fact = || sub("sub_1").created(10, Status::Active);
        assert_eq!(fact(), fact());
        assert_ne!(as_event(fact(), "evt_1"), fact());
        let read = || sub("sub_1").read((10, 13), Status::Active);
        assert_eq!(as_event(read(), "evt_1"), read(), "no event told it");
    }
}
