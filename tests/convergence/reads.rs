//! Reads of the API make up for undelivered events, and decisions survive their way into the database.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use simulator::{Network, Order};
use subscription::facts::{Details, Fact, Read, Snapshot, SubscriptionFact};
use subscription::{Customer, SubscriptionId};

use crate::history::History;
use crate::rules::last_canceled;
use crate::size::{count, over_seeds};

/// Returns the final snapshot of each subscription, by the facts.
fn ends(history: &History) -> BTreeMap<SubscriptionId, Snapshot> {
    let changes = history.facts.iter().flatten().filter_map(|fact| match fact {
        Fact::Subscription {
            id,
            fact: SubscriptionFact::Change(change),
        } => Some((id.clone(), change.after.clone())),
        _ => None,
    });
    changes.collect()
}

/// Learns these facts, and returns the keys of the notices they owed.
fn learn<'a>(customer: &mut Customer, facts: impl IntoIterator<Item = &'a Fact>) -> Vec<String> {
    let mut owed = Vec::new();
    for fact in facts {
        let before = customer.standing();
        customer.learn(fact.clone());
        owed.extend(
            customer
                .standing()
                .owed_since(&before)
                .iter()
                .map(subscription::notices::Notice::key),
        );
    }
    owed
}

#[test]
fn a_read_of_every_subscription_makes_up_for_what_was_never_delivered() {
    let network = Network {
        order: Order::Shuffled,
        duplicates: 0.2,
        losses: 0.3,
    };
    let lives = count(2_000, 50_000);
    over_seeds(
        lives,
        |seed, (): &mut ()| {
            let history = History::from_seed(seed);
            let mut customer = Customer::default();
            let delivered = history.delivered(&network, seed);
            let mut owed = learn(&mut customer, delivered.iter().flat_map(|&nth| &history.facts[nth]));
            let over = subscription::UnixSeconds::new(history.events.last().unwrap().created);
            let ends = ends(&history);
            let reads: Vec<Fact> = ends
                .iter()
                .map(|(id, snapshot)| Fact::Subscription {
                    id: id.clone(),
                    fact: SubscriptionFact::Read(Read {
                        not_before: over.plus_secs(1),
                        not_after: over.plus_secs(4),
                        snapshot: snapshot.clone(),
                        details: Details::default(),
                    }),
                })
                .collect();
            owed.extend(learn(&mut customer, &reads));
            for (id, end) in &ends {
                let found = &customer.standing().subscriptions[id];
                assert_eq!(found.status, end.status, "seed {seed}, {id}");
                assert!(found.doubt.is_none() && !found.gap, "seed {seed}, {id}: {found:#?}");
            }
            // The lost events arrive after all, and the notices of an end are owed.
            owed.extend(learn(&mut customer, history.facts.iter().flatten()));
            if let Some(id) = last_canceled(&history.truth()) {
                assert!(owed.contains(&format!("churn_alert:{id}")), "seed {seed}, {id}");
            }
        },
        |(), ()| {},
    );
    println!("reads: {lives} lifecycles with 30 % lost, 0 differences once each subscription was read");
}

#[test]
fn every_state_and_every_notice_on_the_way_is_read_back_as_it_was_written() {
    let kinds = over_seeds(
        count(200, 5_000),
        |seed, kinds: &mut BTreeSet<&'static str>| {
            let mut customer = Customer::default();
            for fact in History::of_real_life(seed).facts.into_iter().flatten() {
                let before = customer.standing();
                customer.learn(fact);
                let standing = customer.standing();
                survives_json(&standing.state);
                for notice in standing.owed_since(&before) {
                    survives_json(&notice);
                    kinds.insert(notice.kind());
                }
            }
        },
        BTreeSet::extend,
    );
    assert_eq!(kinds.len(), 22, "{kinds:?}");
}

fn survives_json<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}
