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

use subscription::*;
use support::{
    deliver, keys,
    lifecycle::{Lifecycle, lifecycle},
    owed_along,
    random::Random,
    told,
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
    let at = format!("seed {seed}, order {order}");

    assert_eq!(customer.standing(), truth.standing, "{at}");
    for key in &owed {
        assert!(truth.owed.contains(key), "{at}: {key} was never owed in truth");
    }
    let counted = count(&owed);
    for (id, status) in &truth.life.ends {
        let expected = (*status == Status::Canceled).then_some(&1);
        for kind in ["subscription_canceled", "churn_alert"] {
            assert_eq!(counted.get(format!("{kind}:{id}").as_str()), expected, "{at}: {kind} of {id}");
        }
    }
    let recovered: BTreeSet<String> = seen_failed_then_paid(&deliveries)
        .iter()
        .map(|invoice| format!("payment_recovered:{invoice}"))
        .collect();
    for (key, times) in counted.iter().filter(|(key, _)| key.starts_with("payment_recovered")) {
        assert!(recovered.contains(*key) && *times == 1, "{at}: {key}, {times} times");
    }
    for key in &recovered {
        assert!(counted.contains_key(key.as_str()), "{at}: {key} is missing");
    }
    for key in keys(&truth.standing.owed_since(&Customer::default().standing())) {
        assert!(counted.contains_key(key.as_str()), "{at}: {key} stands and was never owed");
    }
}

#[test]
fn in_true_order_every_lifecycle_ends_as_stripe_has_it() {
    let (mut facts, mut notices) = (0, BTreeMap::<String, u64>::new());
    for seed in 0..LIFECYCLES {
        let truth = truth_of(seed);
        for (id, status) in &truth.life.ends {
            let found = &truth.standing.subscriptions[id];
            assert_eq!(found.status, *status, "seed {seed}, {id}");
            assert!(found.doubt.is_none() && !found.gap, "seed {seed}, {id}");
        }
        assert_eq!(truth.standing.subscriptions.len(), truth.life.ends.len(), "seed {seed}");
        for (key, times) in count(&truth.owed) {
            assert_eq!(times, 1, "seed {seed}: {key}");
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
