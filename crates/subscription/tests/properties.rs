//! What holds for every customer, whatever Stripe delivers and in whatever order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]
#![allow(clippy::print_stdout, reason = "how much was tried is part of the result")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use subscription::*;
use support::{
    anything, at, deliver, keys,
    lifecycle::{Lifecycle, lifecycle},
    owed_along,
    random::Random,
    sub, told,
};

/// Lifecycles tried; a failure names its seed.
const LIFECYCLES: u64 = 400;
const ORDERS_EACH: u64 = 5;

/// The same deliveries as they might arrive: at least once, and out of order. An even number shuffles them, an odd one
/// delays some by a little and a few by a lot.
fn scrambled(facts: &[Fact], random: &mut Random, order: u64) -> Vec<Fact> {
    let mut arriving: Vec<(u64, &Fact)> = Vec::new();
    for (sent, fact) in (0..).zip(facts) {
        let repeats = u64::from(random.percent(20));
        for _ in 0..=repeats {
            let delay = match random.below(10) {
                0 => random.below(60),
                _ => random.below(3),
            };
            arriving.push((sent + delay, fact));
        }
    }
    if order.is_multiple_of(2) {
        random.shuffle(&mut arriving);
    } else {
        arriving.sort_by_key(|(arrival, _)| *arrival);
    }
    arriving.into_iter().map(|(_, fact)| fact.clone()).collect()
}

/// The invoices whose failure was delivered before any word of their payment, and were paid.
fn seen_failed_then_paid(deliveries: &[Fact]) -> BTreeSet<InvoiceId> {
    let mut failed = BTreeSet::new();
    let mut paid = BTreeSet::new();
    let mut recovered = BTreeSet::new();
    for delivery in deliveries {
        let Fact::Invoice { id, fact } = delivery else { continue };
        let is_dunned = fact.subscription.is_some() && fact.billing_reason.as_deref() != Some("subscription_create");
        if fact.cause == InvoiceCause::PaymentFailed && is_dunned && !paid.contains(id) {
            failed.insert(id.clone());
        }
        if fact.status == InvoiceStatus::Paid {
            paid.insert(id.clone());
            if failed.contains(id) {
                recovered.insert(id.clone());
            }
        }
    }
    recovered
}

fn count<'a>(owed: impl IntoIterator<Item = &'a String>) -> BTreeMap<&'a str, usize> {
    let mut counted = BTreeMap::new();
    for key in owed {
        *counted.entry(key.as_str()).or_default() += 1;
    }
    counted
}

struct Truth {
    life: Lifecycle,
    standing: Standing,
    owed: Vec<String>,
}

fn truth_of(seed: u64) -> Truth {
    let life = lifecycle(seed);
    let owed = owed_along(&life.facts).concat();
    let standing = told(&life.facts).standing();
    Truth { life, standing, owed }
}

fn check_order(seed: u64, truth: &Truth, order: u64) {
    let mut random = Random::from_seed(seed ^ (order << 32));
    let deliveries = scrambled(&truth.life.facts, &mut random, order);
    let mut customer = Customer::default();
    let owed = deliver(&mut customer, &deliveries).concat();
    let which = format!("seed {seed}, order {order}");

    assert_eq!(customer.standing(), truth.standing, "{which}");
    for key in &owed {
        assert!(truth.owed.contains(key), "{which}: {key} was never owed in truth");
    }
    let counted = count(&owed);
    for (id, end) in &truth.life.ends {
        let expected = (end.status == Status::Canceled).then_some(&1);
        for kind in ["subscription_canceled", "churn_alert"] {
            assert_eq!(
                counted.get(format!("{kind}:{id}").as_str()),
                expected,
                "{which}: {kind} of {id}"
            );
        }
    }
    let recovered: BTreeSet<String> = seen_failed_then_paid(&deliveries)
        .iter()
        .map(|invoice| format!("payment_recovered:{invoice}"))
        .collect();
    for (key, times) in counted.iter().filter(|(key, _)| key.starts_with("payment_recovered")) {
        assert!(recovered.contains(*key) && *times == 1, "{which}: {key}, {times} times");
    }
    for key in &recovered {
        assert!(counted.contains_key(key.as_str()), "{which}: {key} is missing");
    }
    for key in keys(&truth.standing.owed_since(&Customer::default().standing())) {
        assert!(counted.contains_key(key.as_str()), "{which}: {key} stands and was never owed");
    }
}

#[test]
fn in_true_order_every_lifecycle_ends_as_stripe_has_it() {
    let (mut facts, mut notices) = (0, BTreeMap::<String, u64>::new());
    for seed in 0..LIFECYCLES {
        let truth = truth_of(seed);
        for (id, end) in &truth.life.ends {
            let found = &truth.standing.subscriptions[id];
            assert_eq!(found.status, end.status, "seed {seed}, {id}");
            assert!(found.doubt.is_none() && !found.gap, "seed {seed}, {id}");
        }
        assert_eq!(truth.standing.subscriptions.len(), truth.life.ends.len(), "seed {seed}");
        for (key, times) in count(&truth.owed) {
            // A warning may come up again when its reason does, and is then the same row of the outbox.
            let is_closing = !key.starts_with("renewal_upcoming");
            assert!(times == 1 || !is_closing, "seed {seed}: {key}, {times} times");
        }
        facts += truth.life.facts.len();
        for key in &truth.owed {
            *notices.entry(key.split(':').next().unwrap().to_owned()).or_default() += 1;
        }
    }
    println!("{LIFECYCLES} lifecycles, {facts} facts, {notices:?}");
    assert_eq!(notices.len(), 11, "a kind of notice is missing: {notices:?}");
}

#[test]
fn no_order_of_delivery_ends_elsewhere_or_owes_what_the_true_one_does_not() {
    for seed in 0..LIFECYCLES {
        let truth = truth_of(seed);
        for order in 0..ORDERS_EACH {
            check_order(seed, &truth, order);
        }
    }
}

#[test]
fn a_read_of_every_subscription_makes_up_for_what_was_never_delivered() {
    for seed in 0..LIFECYCLES {
        let truth = truth_of(seed);
        let mut random = Random::from_seed(!seed);
        let mut deliveries = scrambled(&truth.life.facts, &mut random, seed);
        deliveries.retain(|_| random.percent(70));
        let mut customer = Customer::default();
        let mut owed = deliver(&mut customer, &deliveries).concat();
        let reads: Vec<Fact> = truth
            .life
            .ends
            .iter()
            .map(|(id, end)| read(id, end, truth.life.over_at))
            .collect();
        owed.extend(deliver(&mut customer, &reads).concat());
        let after = customer.standing();
        for (id, end) in &truth.life.ends {
            let found = &after.subscriptions[id];
            assert_eq!(found.status, end.status, "seed {seed}, {id}");
            assert!(found.doubt.is_none() && !found.gap, "seed {seed}, {id}: {found:#?}");
        }
        // What was lost turns up after all: nothing that closes is told again.
        owed.extend(deliver(&mut customer, &truth.life.facts).concat());
        let counted = count(&owed);
        for (id, end) in &truth.life.ends {
            let expected = (end.status == Status::Canceled).then_some(&1);
            assert_eq!(
                counted.get(format!("churn_alert:{id}").as_str()),
                expected,
                "seed {seed}, {id}"
            );
        }
    }
}

/// An API read that began after all this was over.
fn read(id: &SubscriptionId, snapshot: &Snapshot, over_at: i64) -> Fact {
    Fact::Subscription {
        id: id.clone(),
        fact: SubscriptionFact::Read(Read {
            not_before: at(over_at + 1),
            not_after: at(over_at + 4),
            snapshot: snapshot.clone(),
        }),
    }
}

#[test]
fn naive_rules_are_caught() {
    let (mut orders, mut last_wrong, mut watermark_wrong) = (0_u32, 0_u32, 0_u32);
    for seed in 0..LIFECYCLES {
        let life = lifecycle(seed);
        for order in 0..ORDERS_EACH {
            let deliveries = scrambled(&life.facts, &mut Random::from_seed(seed ^ (order << 32)), order);
            let mut last: BTreeMap<&SubscriptionId, &Status> = BTreeMap::new();
            let mut newest: BTreeMap<&SubscriptionId, &Change> = BTreeMap::new();
            for (id, change) in deliveries.iter().filter_map(as_change) {
                last.insert(id, &change.after.status);
                if newest.get(id).is_none_or(|known| change.created >= known.created) {
                    newest.insert(id, change);
                }
            }
            let is_wrong = |id: &SubscriptionId, status: &Status| life.ends[id].status != *status;
            orders += 1;
            last_wrong += u32::from(last.iter().any(|(id, status)| is_wrong(id, status)));
            watermark_wrong += u32::from(newest.iter().any(|(id, change)| is_wrong(id, &change.after.status)));
        }
    }
    println!("of {orders}: last arrival {last_wrong} wrong, watermark {watermark_wrong} wrong");
    assert!(last_wrong > orders / 4, "{last_wrong} of {orders}");
    assert!(watermark_wrong > orders / 50, "{watermark_wrong} of {orders}");
}

fn as_change(fact: &Fact) -> Option<(&SubscriptionId, &Change)> {
    match fact {
        Fact::Subscription {
            id,
            fact: SubscriptionFact::Change(change),
        } => Some((id, change)),
        Fact::Subscription { .. } | Fact::Invoice { .. } | Fact::Card { .. } => None,
    }
}

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
    fn access_never_outlives_its_own_deadline(facts in anything::facts(), now in 10..100_i64) {
        let state = told(&facts).state();
        let policy = Policy { payment_grace_secs: 9, trial_overrun_secs: 5, doubt_secs: 3 };
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
                Fact::Invoice { fact, .. } => survives_json(&Invoice::from(fact.clone())),
            }
        }
        customer.invoices().values().for_each(survives_json);
        customer.cards().values().for_each(survives_json);
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
fn every_notice_and_every_state_on_the_way_is_read_back_as_it_was() {
    let mut kinds = BTreeSet::new();
    for seed in 0..150 {
        let mut customer = Customer::default();
        let mut before = customer.standing();
        for fact in lifecycle(seed).facts {
            customer.learn(fact);
            let after = customer.standing();
            survives_json(&after.state);
            for notice in after.owed_since(&before) {
                survives_json(&notice);
                kinds.insert(notice.kind());
            }
            before = after;
        }
    }
    assert_eq!(kinds.len(), 11, "{kinds:?}");
}

#[test]
fn a_renewal_is_announced_while_it_will_come_before_the_end() {
    const A: support::Sub = sub("A");
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
