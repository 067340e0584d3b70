//! Proof 5 of `docs/convergence.md`: compaction is safe. Facts behind a horizon are folded into one, again and again
//! between deliveries, and nothing that is answered or owed differs.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use subscription::facts::{Fact, Facts, SubscriptionFact};
use subscription::notices::{Notice, Standing};
use subscription::{Customer, SubscriptionId, UnixSeconds};

use crate::history::{History, NETWORKS};
use crate::rules::Rule;
use crate::size::{count, first_seed, over_seeds};

/// The most horizons at which a lifecycle is compacted.
const MAX_HORIZONS: usize = 4;

/// Returns the deliveries between one horizon and the next. Everything older than the horizon has arrived by then, and
/// some of what is newer. An event that has arrived may be delivered again at any time.
fn phases(history: &History, order: &[usize], horizons: &[i64], random: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut phases = vec![Vec::new(); horizons.len() + 1];
    let mut arrived = vec![false; history.events.len()];
    for &nth in order {
        let last = horizons
            .iter()
            .filter(|&&horizon| history.events[nth].created > horizon)
            .count();
        let is_early = random.random_bool(0.3);
        let phase = match (arrived[nth], is_early) {
            (true, _) => random.random_range(0..phases.len()),
            (false, true) => random.random_range(0..=last),
            (false, false) => last,
        };
        arrived[nth] |= phase <= last;
        phases[phase].push(nth);
    }
    phases
}

/// Returns the customer as a database would give it back after compacting.
fn compacted(customer: &Customer, horizon: i64, ids: &[SubscriptionId]) -> Customer {
    let compacted = customer.compacted(UnixSeconds::new(horizon));
    let mut read = Customer::default();
    for id in ids {
        for fact in compacted.facts(id).into_iter().flat_map(Facts::iter) {
            let json = serde_json::to_string(&fact).unwrap();
            let fact = serde_json::from_str(&json).unwrap();
            read.learn(Fact::Subscription { id: id.clone(), fact });
        }
    }
    for (id, invoice) in compacted.invoices() {
        read.learn_invoice(id.clone(), invoice.as_ref().clone());
    }
    for (id, card) in compacted.cards() {
        read.learn_card(id.clone(), card.as_ref().clone());
    }
    read.learn_profile(compacted.profile().clone());
    for (id, schedule) in compacted.schedules() {
        read.learn_schedule(id.clone(), schedule.clone());
    }
    for (id, dispute) in compacted.disputes() {
        read.learn_dispute(id.clone(), dispute.as_ref().clone());
    }
    assert_eq!(read, compacted);
    read
}

fn count_facts(customer: &Customer, ids: &[SubscriptionId]) -> usize {
    let of = |id| customer.facts(id).into_iter().flat_map(Facts::iter);
    ids.iter().flat_map(of).count()
}

fn subscriptions(history: &History) -> Vec<SubscriptionId> {
    let told = history.facts.iter().flatten().filter_map(|fact| match fact {
        Fact::Subscription {
            id,
            fact: SubscriptionFact::Change(_),
        } => Some(id.clone()),
        _ => None,
    });
    let distinct: std::collections::BTreeSet<SubscriptionId> = told.collect();
    distinct.into_iter().collect()
}

/// Asserts that both customers have the same standing and owe the same notices since `before`. Returns the standing.
fn same_standing(never: &Customer, summed_up: &Customer, before: &Standing, which: impl Fn() -> String) -> Standing {
    let (expected, standing) = (never.standing(), summed_up.standing());
    assert_eq!(standing, expected, "{}", which());
    let keys = |owed: Vec<Notice>| owed.iter().map(Notice::key).collect::<Vec<_>>();
    assert_eq!(
        keys(standing.owed_since(before)),
        keys(expected.owed_since(before)),
        "{}",
        which()
    );
    expected
}

#[derive(Default)]
struct Tally {
    compactions: usize,
    deliveries: usize,
    subscriptions: usize,
    facts: usize,
    left: usize,
    /// The times that a cached customer was loaded in full.
    loaded: usize,
}

#[test]
fn compacting_between_deliveries_changes_nothing_that_is_answered_or_owed() {
    let lives = count(5_000, 200_000);
    let tally = over_seeds(
        lives,
        |seed, tally: &mut Tally| {
            let history = History::from_seed(seed);
            let (how, network) = &NETWORKS[usize::try_from(seed % 2).unwrap()];
            let order = history.delivered(network, seed);
            let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0xFA_C75);
            let (first, last) = (
                history.events.first().unwrap().created,
                history.events.last().unwrap().created,
            );
            let mut horizons: Vec<i64> = (0..random.random_range(1..=MAX_HORIZONS))
                .map(|_| random.random_range(first..=last + 1))
                .collect();
            horizons.sort_unstable();
            let ids = subscriptions(&history);
            let (mut never, mut often) = (Customer::default(), Customer::default());
            let mut before = never.standing();
            for (phase, deliveries) in phases(&history, &order, &horizons, &mut random).into_iter().enumerate() {
                for nth in deliveries {
                    let which = || format!("seed {seed}, {how}, horizons {horizons:?}: after {}", history.describe(nth));
                    Rule::learn(&mut never, &history.facts[nth]);
                    Rule::learn(&mut often, &history.facts[nth]);
                    before = same_standing(&never, &often, &before, which);
                    tally.deliveries += 1;
                }
                if let Some(&horizon) = horizons.get(phase) {
                    often = compacted(&often, horizon, &ids);
                    assert_eq!(
                        often.standing(),
                        never.standing(),
                        "seed {seed}, {how}, compacted at {horizon}"
                    );
                    tally.compactions += 1;
                }
            }
            // In the end at most one fact each remains, and the announced renewal.
            let folded = compacted(&often, i64::MAX, &ids);
            assert_eq!(
                folded.standing(),
                never.standing(),
                "seed {seed}, {how}, compacted as a whole"
            );
            tally.subscriptions += ids.len();
            tally.facts += count_facts(&never, &ids);
            tally.left += count_facts(&folded, &ids);
        },
        |sum, part| {
            sum.compactions += part.compactions;
            sum.deliveries += part.deliveries;
            sum.subscriptions += part.subscriptions;
            sum.facts += part.facts;
            sum.left += part.left;
        },
    );
    assert!(tally.left <= 2 * tally.subscriptions, "{} facts are left", tally.left);
    println!(
        "compaction: seeds {}.., {lives} lifecycles, {} deliveries, {} compactions among them; {} facts of {} subscriptions became {}; 0 differences",
        first_seed(),
        tally.deliveries,
        tally.compactions,
        tally.facts,
        tally.subscriptions,
        tally.left
    );
}

/// The facts of a subscription from which on the old ones are summed up, and how many of the newest stay: far fewer than
/// `crates/persistence/src/cache.rs` keeps, because the lives here are short.
const MANY_FACTS: usize = 4;
const NEWEST_FACTS: usize = 2;

/// A customer as a process caches it: with all but the newest facts summed up, and loaded in full when a late one comes.
#[test]
fn summing_up_all_but_the_newest_facts_changes_nothing_that_is_answered_or_owed() {
    let lives = count(5_000, 200_000);
    let tally = over_seeds(
        lives,
        |seed, tally: &mut Tally| {
            let history = History::from_seed(seed);
            let (how, network) = &NETWORKS[usize::try_from(seed % 2).unwrap()];
            let (mut never, mut cached) = (Customer::default(), Customer::default());
            let mut before = never.standing();
            for nth in history.delivered(network, seed) {
                let which = || format!("seed {seed}, {how}: after {}", history.describe(nth));
                let facts = &history.facts[nth];
                if facts.iter().any(|fact| cached.reaches_into_baseline(fact)) {
                    cached = never.clone();
                    tally.loaded += 1;
                }
                Rule::learn(&mut never, facts);
                Rule::learn(&mut cached, facts);
                before = same_standing(&never, &cached, &before, which);
                cached = cached.compacted_by_count(MANY_FACTS, NEWEST_FACTS);
                assert_eq!(cached.standing(), before, "seed {seed}, {how}, summed up");
                tally.deliveries += 1;
            }
        },
        |sum, part| {
            sum.deliveries += part.deliveries;
            sum.loaded += part.loaded;
        },
    );
    assert!(tally.loaded > 0, "no delivery came late enough");
    println!(
        "the cache: seeds {}.., {lives} lifecycles, {} deliveries, {} of them after which a customer was loaded in full; 0 differences",
        first_seed(),
        tally.deliveries,
        tally.loaded
    );
}
