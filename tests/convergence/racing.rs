//! Reads of the API that race with events. A read is true at some instant of a few seconds, and returns while events of
//! those very seconds are still on their way. None may end in a state that is wrong and certain.

use std::collections::BTreeMap;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use stripe_event::{Object, Subscription};
use subscription::facts::{Details, Fact, Read, Reading, Snapshot, SubscriptionFact};
use subscription::{Customer, SubscriptionId, UnixSeconds};

use crate::history::{History, NETWORKS};
use crate::rules::Rule;
use crate::size::{count, first_seed, over_seeds};

/// The number of reads of each lifecycle.
const READS: usize = 4;

/// The outcomes of reads, and of the subscriptions they were about.
#[derive(Debug, Default)]
struct Tally {
    reads: u64,
    told: u64,
    agreed: u64,
    inconclusive: u64,
    subscriptions: u64,
    in_doubt: u64,
    wrong_and_certain: u64,
    /// An example of a wrong and certain end.
    example: Option<String>,
}

/// A read on its way back.
struct Answer {
    id: SubscriptionId,
    read: Read,
    /// The delivery before which it arrives.
    before: usize,
}

/// Returns a place in the order of deliveries for something that arrives soon after an event, as far as the order can
/// say.
fn place_near(order: &[usize], event: usize, random: &mut ChaCha8Rng) -> usize {
    let nearest = order.iter().position(|&nth| nth == event).unwrap_or(order.len());
    let by = if random.random_bool(0.8) { 6 } else { order.len() };
    let from = nearest.saturating_sub(by);
    random.random_range(from..=(nearest + by).min(order.len()))
}

/// Returns a read that was answered right after this event happened, or in the following seconds before the next one.
fn read_after(history: &History, event: usize, order: &[usize], random: &mut ChaCha8Rng) -> Option<Answer> {
    let (id, snapshot) = shown_at(history, event)?;
    let happened = history.events[event].created;
    let next = history.events.get(event + 1).map_or(i64::MAX, |next| next.created);
    // The answer is true at an instant of this second, and at the latest within the second of the next change.
    let second = (happened + random.random_range(0..=3)).min(next);
    let round_trip = random.random_range(0..=5);
    // Stripe stamps the time before or after it looks.
    let date = second + random.random_range(-1..=round_trip);
    Some(Answer {
        id,
        read: Read {
            not_before: UnixSeconds::new(date - round_trip - 1),
            not_after: UnixSeconds::new(date + 1),
            snapshot,
            details: Details::default(),
        },
        before: place_near(order, event, random),
    })
}

/// Returns one of the subscriptions as they are right after this event: the one it is about, if there is one.
fn shown_at(history: &History, event: usize) -> Option<(SubscriptionId, Snapshot)> {
    let facts = history.facts[..=event].iter().rev().flatten();
    let mut changes = facts.filter_map(|fact| match fact {
        Fact::Subscription {
            id,
            fact: SubscriptionFact::Change(change),
        } => Some((id.clone(), change.after.clone())),
        _ => None,
    });
    changes.next()
}

/// Returns true if every told attribute of the subscription is as at Stripe.
fn is_true(customer: &Customer, told: &Subscription<'_>) -> bool {
    let standing = customer.standing();
    let found = standing.subscriptions.iter().find(|(id, _)| id.as_str() == told.id);
    found.is_some_and(|(_, found)| {
        found.status.as_str() == told.status.as_str()
            && found.cancel_at_period_end == told.cancel_at_period_end
            && found.cancel_at.map(UnixSeconds::as_secs) == told.cancel_at
            && found.current_period_end.map(UnixSeconds::as_secs) == told.current_period_end
            && found.trial_end.map(UnixSeconds::as_secs) == told.trial_end
    })
}

fn is_certain(customer: &Customer, told: &Subscription<'_>) -> bool {
    let standing = customer.standing();
    let found = standing.subscriptions.iter().find(|(id, _)| id.as_str() == told.id);
    found.is_some_and(|(_, found)| found.doubt.is_none())
}

/// The way an answer gets the time at which it was true.
type Stamp = fn(Read) -> Read;

/// Stamps the read at its arrival, a second after the answer was made, like readers that use the time of their own
/// writing.
fn at_arrival(read: Read) -> Read {
    let arrived = read.not_after.plus_secs(1);
    Read {
        not_before: arrived,
        not_after: arrived,
        ..read
    }
}

fn race(seed: u64, stamp: Stamp, tally: &mut Tally) {
    let history = History::from_seed(seed);
    let order = history.delivered(&NETWORKS[usize::from(seed.is_multiple_of(2))].1, seed);
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x00AC_E5ED);
    let mut answers: BTreeMap<usize, Vec<Answer>> = BTreeMap::new();
    for _ in 0..READS {
        let event = random.random_range(0..history.events.len());
        if let Some(mut answer) = read_after(&history, event, &order, &mut random) {
            answer.read = stamp(answer.read);
            answers.entry(answer.before).or_default().push(answer);
        }
    }
    let mut customer = Customer::default();
    for (place, &nth) in order.iter().enumerate() {
        learn_reads(&mut customer, answers.remove(&place), tally);
        Rule::learn(&mut customer, &history.facts[nth]);
    }
    learn_reads(&mut customer, answers.remove(&order.len()), tally);
    for told in history.truth().subscriptions.values() {
        let is_certain = is_certain(&customer, told);
        tally.subscriptions += 1;
        tally.in_doubt += u64::from(!is_certain);
        if is_certain && !is_true(&customer, told) {
            tally.wrong_and_certain += 1;
            tally.example.get_or_insert_with(|| {
                let events: Vec<String> = (0..history.events.len()).map(|nth| history.describe(nth)).collect();
                let found = &customer.standing().subscriptions;
                format!("seed {seed}, {}\n{}\n{found:#?}", told.id, events.join("\n"))
            });
        }
    }
}

fn learn_reads(customer: &mut Customer, answers: Option<Vec<Answer>>, tally: &mut Tally) {
    for Answer { id, read, .. } in answers.into_iter().flatten() {
        tally.reads += 1;
        match customer.weigh(&id, &read) {
            Reading::Tells => {
                tally.told += 1;
                customer.learn(Fact::Subscription {
                    id,
                    fact: SubscriptionFact::Read(read),
                });
            }
            Reading::Agrees => tally.agreed += 1,
            Reading::Inconclusive { .. } => tally.inconclusive += 1,
        }
    }
}

fn all_races(lives: u64, stamp: Stamp) -> Tally {
    over_seeds(
        lives,
        |seed, tally| race(seed, stamp, tally),
        |sum: &mut Tally, part| {
            sum.reads += part.reads;
            sum.told += part.told;
            sum.agreed += part.agreed;
            sum.inconclusive += part.inconclusive;
            sum.subscriptions += part.subscriptions;
            sum.in_doubt += part.in_doubt;
            sum.wrong_and_certain += part.wrong_and_certain;
            sum.example = sum.example.take().or(part.example);
        },
    )
}

#[test]
fn no_read_that_races_with_events_ends_wrong_and_certain() {
    let lives = count(10_000, 500_000);
    let tally = all_races(lives, |read| read);
    let example = tally.example.as_deref().unwrap_or_default();
    assert_eq!(tally.wrong_and_certain, 0, "of {}: {example}", tally.subscriptions);
    println!("racing reads, pure: seeds {}.., {lives} lifecycles, {tally:?}", first_seed());
    assert!(tally.reads >= 10_000, "{tally:?}");
    // Each of the three outcomes must be frequent enough for the test to show it.
    for met in [tally.told, tally.agreed, tally.inconclusive] {
        assert!(met > tally.reads / 100, "{tally:?}");
    }
}

#[test]
fn reads_that_are_stamped_when_they_arrive_do_end_wrong_and_certain() {
    // The races must be such that a wrong rule loses them.
    let tally = all_races(2_000, at_arrival);
    println!(
        "racing reads, stamped at their arrival: {} of {} wrong and certain",
        tally.wrong_and_certain, tally.subscriptions
    );
    assert!(tally.wrong_and_certain > 0, "{tally:?}");
}

#[test]
fn the_instants_of_reads_are_those_at_which_stripe_is_so() {
    for seed in 0..200 {
        let history = History::from_seed(seed);
        let order: Vec<usize> = (0..history.events.len()).collect();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for event in 0..history.events.len() {
            let Some(answer) = read_after(&history, event, &order, &mut random) else {
                continue;
            };
            let last = history.events[..=event].iter().rev().find(|event| match &event.object {
                Object::Subscription { now, .. } => now.id == answer.id.as_str(),
                _ => false,
            });
            let changed = last.expect("it was shown").created;
            let next = history.events.get(event + 1).map_or(i64::MAX, |next| next.created);
            assert!(answer.read.not_after.as_secs() >= changed, "seed {seed}");
            assert!(answer.read.not_before.as_secs() <= next, "seed {seed}");
        }
    }
}
