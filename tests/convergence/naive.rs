//! Proof that the tests can fail: the same harness catches rules that others use in place of Dunlin's.

use std::collections::BTreeMap;

use subscription::facts::{Change, Fact, SubscriptionFact};
use subscription::{Customer, Status, SubscriptionId, UnixSeconds};

use crate::history::{History, NETWORKS};
use crate::rules::{Rule, ends_in_truth};
use crate::shrink::Counterexample;
use crate::size::{count, over_seeds};

/// The record that one of these rules keeps of a subscription.
#[derive(Clone)]
struct Row {
    status: Status,
    created: Option<UnixSeconds>,
    at: UnixSeconds,
}

/// One row per subscription, overwritten if the rule says so.
#[derive(Default)]
struct Rows(BTreeMap<SubscriptionId, Row>);

impl Rows {
    fn overwrite(&mut self, facts: &[Fact], is_newer: impl Fn(UnixSeconds, UnixSeconds) -> bool) {
        for (id, change) in facts.iter().filter_map(as_change) {
            if self.0.get(id).is_none_or(|row| is_newer(change.created, row.at)) {
                let row = Row {
                    status: change.after.status.clone(),
                    created: change.details.created,
                    at: change.created,
                };
                self.0.insert(id.clone(), row);
            }
        }
    }

    fn status(&self, subscription: &str) -> Option<Status> {
        let row = self.0.iter().find(|(id, _)| id.as_str() == subscription)?;
        Some(row.1.status.clone())
    }

    fn tenant(&self) -> Option<Status> {
        let best = self.0.iter().max_by_key(|(id, row)| (row.status.rank(), row.created, *id))?;
        Some(best.1.status.clone())
    }
}

fn as_change(fact: &Fact) -> Option<(&SubscriptionId, &Change)> {
    match fact {
        Fact::Subscription {
            id,
            fact: SubscriptionFact::Change(change),
        } => Some((id, change)),
        _ => None,
    }
}

macro_rules! row_rule {
    ($(#[$doc:meta])* $name:ident, $is_newer:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        struct $name(Rows);

        impl Rule for $name {
            fn learn(&mut self, facts: &[Fact]) {
                self.0.overwrite(facts, $is_newer);
            }

            fn status(&self, subscription: &str) -> Option<Status> {
                self.0.status(subscription)
            }

            fn tenant(&self) -> Option<Status> {
                self.0.tenant()
            }
        }
    };
}

row_rule!(
    /// The last arrival is right.
    LastArrival,
    |_, _| true
);
row_rule!(
    /// Only a newer `created` is right.
    WatermarkStrict,
    |new, known| new > known
);
row_rule!(
    /// A `created` that is newer or the same is right.
    Watermark,
    |new, known| new >= known
);

/// One row for the whole customer, by the watermark: of several subscriptions, only the last to speak counts.
#[derive(Default)]
struct RowPerCustomer(Option<Row>);

impl Rule for RowPerCustomer {
    fn learn(&mut self, facts: &[Fact]) {
        for (_, change) in facts.iter().filter_map(as_change) {
            if self.0.as_ref().is_none_or(|row| change.created >= row.at) {
                self.0 = Some(Row {
                    status: change.after.status.clone(),
                    created: change.details.created,
                    at: change.created,
                });
            }
        }
    }

    fn status(&self, _: &str) -> Option<Status> {
        self.0.as_ref().map(|row| row.status.clone())
    }

    fn tenant(&self) -> Option<Status> {
        self.0.as_ref().map(|row| row.status.clone())
    }
}

/// The number of wrong ends of a rule.
#[derive(Default)]
struct Caught {
    lifecycles: u64,
    /// The fewest deliveries that show it among the first few, shrunk, and their report.
    smallest: Option<(usize, String)>,
}

/// A function that catches a rule with this network, in this many lifecycles.
type Catch = fn(usize, u64) -> Caught;

/// The number of counterexamples that each core shrinks.
const SHRUNK: u64 = 20;

fn caught<R: Rule>(network: usize, lives: u64) -> Caught {
    let (how, network) = &NETWORKS[network];
    over_seeds(
        lives,
        |seed, caught: &mut Caught| {
            let history = History::from_seed(seed);
            let order = history.delivered(network, seed);
            let Err(broken) = ends_in_truth::<R>(&history, &order) else {
                return;
            };
            caught.lifecycles += 1;
            if caught.lifecycles <= SHRUNK {
                let shrunk = Counterexample { history, order, broken }.shrunk(ends_in_truth::<R>);
                caught.offer((shrunk.order.len(), shrunk.report(seed, how)));
            }
        },
        |sum, part| {
            sum.lifecycles += part.lifecycles;
            part.smallest.into_iter().for_each(|smallest| sum.offer(smallest));
        },
    )
}

impl Caught {
    fn offer(&mut self, example: (usize, String)) {
        self.smallest = Some(match self.smallest.take() {
            Some(known) => known.min(example),
            None => example,
        });
    }
}

#[test]
fn rules_that_others_use_are_caught_and_ours_is_not() {
    let lives = count(5_000, 50_000);
    let percent = |wrong: u64| f64::from(u32::try_from(wrong).unwrap()) * 100.0 / f64::from(u32::try_from(lives).unwrap());
    println!("wrong in the end, of {lives} lifecycles each:");
    println!("{:<28} {:>9} {:>9}", "rule", "shuffled", "delayed");
    let mut examples = Vec::new();
    let rules: [(&str, Catch); 5] = [
        ("last arrival", caught::<LastArrival>),
        ("watermark >", caught::<WatermarkStrict>),
        ("watermark >=", caught::<Watermark>),
        ("one row per customer", caught::<RowPerCustomer>),
        ("the fold", caught::<Customer>),
    ];
    for (name, rule) in rules {
        let [shuffled, delayed] = [0, 1].map(|network| rule(network, lives));
        let rates = [&shuffled, &delayed].map(|caught| percent(caught.lifecycles));
        println!("{name:<28} {:>8.2}% {:>8.2}%", rates[0], rates[1]);
        if name == "the fold" {
            let wrong = shuffled.lifecycles + delayed.lifecycles;
            assert_eq!(wrong, 0, "{:?}", shuffled.smallest.or(delayed.smallest));
        } else {
            assert!(rates.iter().all(|rate| *rate > 1.0), "{name} is hardly ever caught");
            examples.push((name, shuffled.smallest.unwrap()));
        }
    }
    for (name, (deliveries, example)) in examples {
        println!("\nthe smallest history found that {name} gets wrong:\n{example}");
        assert!(deliveries <= 4, "{name}: {deliveries} deliveries are not the smallest");
    }
}
