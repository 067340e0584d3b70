//! Properties of every customer, for any delivery in any order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod support;

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use subscription::access::{Policy, access};
use subscription::facts::{Details, Fact, Invoice, Read, Reading, Snapshot, SubscriptionFact};
use subscription::testing::{SubscriptionBuilder, at, sub, told};
use subscription::{Customer, Status, SubscriptionId};
use support::{anything, deliver, owed_along};

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_repetition_changes_a_customer((facts, redelivered) in anything::facts_and_their_redelivery()) {
        let (once, again) = (told(&facts), told(&redelivered));
        prop_assert_eq!(&again, &once);
        prop_assert_eq!(again.standing(), once.standing());
    }

    #[test]
    fn telling_everything_again_owes_nothing(facts in anything::facts()) {
        let mut customer = told(&facts);
        let owed = deliver(&mut customer, &facts).concat();
        prop_assert!(owed.is_empty(), "{:?}", owed);
    }

    #[test]
    fn a_subscription_that_has_ended_is_never_anything_else(mut facts in anything::facts()) {
        let ended = sub("sub_1");
        facts.insert(facts.len() / 2, ended.deleted(12));
        let mut customer = Customer::default();
        let mut has_ended = false;
        for fact in facts {
            has_ended |= fact == ended.deleted(12);
            customer.learn(fact);
            let standing = customer.standing();
            let status = standing.subscriptions.get(&ended.id()).map(|state| &state.status);
            prop_assert!(!has_ended || status.is_some_and(Status::is_terminal), "{:?}", status);
        }
    }

    #[test]
    fn a_read_that_is_conclusive_is_what_the_subscription_is_afterwards(
        facts in anything::facts(),
        (not_before, snapshot) in (10..24_i64, anything::snapshot()),
    ) {
        let mut customer = told(&facts);
        let id = SubscriptionId::new("sub_1");
        let before = customer.standing().subscriptions.get(&id).cloned();
        let read = Read { not_before: at(not_before), not_after: at(not_before + 3), snapshot, details: Details::default() };
        match customer.weigh(&id, &read) {
            Reading::Inconclusive { told_at } => prop_assert!(told_at >= read.not_before),
            Reading::Agrees => {
                let before = before.unwrap();
                prop_assert!(!before.gap && before.doubt.is_none());
                prop_assert_eq!(before.status, read.snapshot.status);
            }
            Reading::Tells => {
                customer.learn(Fact::Subscription { id: id.clone(), fact: SubscriptionFact::Read(read.clone()) });
                let after = customer.standing().subscriptions.remove(&id).unwrap();
                prop_assert!(!after.gap && after.doubt.is_none(), "{:?}", after);
                prop_assert_eq!(after.status, read.snapshot.status.clone());
                prop_assert_eq!(customer.weigh(&id, &Read { not_before: at(90), not_after: at(93), ..read }), Reading::Agrees);
            }
        }
    }

    #[test]
    fn access_never_outlives_its_own_deadline(facts in anything::facts(), now in 10..100_i64) {
        let state = told(&facts).state();
        let policy = Policy { payment_grace_secs: 9, trial_overrun_secs: 5, doubt_secs: 3, ..Policy::default() };
        let decision = access(&state, &policy, at(now));
        match (decision.valid_until, decision.then) {
            (None, None) => {
                let much_later = access(&state, &policy, at(now + 1_000_000));
                prop_assert_eq!(much_later, decision);
            }
            (Some(until), Some(then)) => {
                prop_assert!(until > at(now));
                let before = access(&state, &policy, until.plus_secs(-1));
                prop_assert_eq!((before.allowed, before.reason), (decision.allowed, decision.reason));
                let after = access(&state, &policy, until);
                prop_assert_eq!((after.allowed, after.reason), (then.allowed, then.reason));
            }
            (until, then) => prop_assert!(false, "{:?} but {:?}", until, then),
        }
    }

    #[test]
    fn whatever_is_stored_is_read_back_as_it_was(facts in anything::facts()) {
        let customer = told(&facts);
        for fact in &facts {
            match fact {
                Fact::Subscription { fact, .. } => survives_json(fact),
                Fact::Card { card, .. } => survives_json(card),
                Fact::Profile(version) => survives_json(version),
                Fact::Schedule { schedule, .. } => survives_json(schedule),
                Fact::Dispute { dispute, .. } => survives_json(dispute),
                Fact::Invoice { fact, .. } => survives_json(&Invoice::from(fact.clone())),
            }
        }
        customer.invoices().values().for_each(survives_json);
        customer.cards().values().for_each(survives_json);
        customer.disputes().values().for_each(survives_json);
        survives_json(customer.profile());
        survives_json(&customer.state());
        let standing = customer.standing();
        standing.owed_since(&Customer::default().standing()).iter().for_each(survives_json);
    }
}

fn survives_json<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    let back: T = serde_json::from_str(&json).unwrap();
    assert_eq!(&back, value, "{json}");
}

#[test]
fn a_renewal_is_announced_while_it_will_come_before_the_end() {
    const A: SubscriptionBuilder = sub("A");
    let ends_at = |secs| Snapshot {
        cancel_at: Some(at(secs)),
        ..Snapshot::of_status(Status::Active)
    };
    for (end, expected) in [(90, 0), (100, 0), (101, 1), (900, 1)] {
        let deliveries = [A.created(1, ends_at(end)), A.upcoming(50, 100)];
        assert_eq!(
            owed_along(&deliveries).concat().len(),
            expected,
            "ends at {end}, renews at 100"
        );
    }
}
