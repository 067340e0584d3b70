//! Compaction: facts behind the horizon, folded into one, on a real database.

use persistence::{CustomerKey, Delivery, EventFilter, Observation, ObservationOutcome, Source, Store, UnixMicros};
use subscription::facts::{Details, Fact, Facts, Observed, Snapshot, SubscriptionFact};
use subscription::{CustomerId, Status, SubscriptionId, TenantId, UnixSeconds};

use crate::support::{Database, NOW, change, database, scope};

pub(crate) const DAY: i64 = 86_400;
/// The second of [`NOW`].
pub(crate) const TODAY: i64 = NOW.to_unix_seconds().as_secs();

/// Returns the life of a subscription that falls past due and recovers in turns, once a day, until today.
pub(crate) fn life(customer: &str, days: i64) -> Vec<Delivery> {
    let status = |nth: i64| if nth % 2 == 0 { Status::Active } else { Status::PastDue };
    let at = |nth: i64| TODAY - (days - 1 - nth) * DAY;
    let event = |nth: i64| format!("evt_{customer}_{nth}");
    (0..days)
        .map(|nth| {
            change(
                &event(nth),
                customer,
                at(nth),
                (nth > 0).then(|| status(nth - 1)),
                status(nth),
            )
        })
        .collect()
}

pub(crate) fn key(customer: &str) -> CustomerKey {
    CustomerKey {
        id: CustomerId::new(customer),
        scope: scope(),
    }
}

/// Compacts everything, portion after portion. Returns the number of facts removed.
pub(crate) async fn compact_all(store: &Store, limit: usize, now: UnixMicros) -> u64 {
    let (mut facts, mut after) = (0, None);
    loop {
        let (candidates, last) = store.compaction_candidates(after.as_ref(), now).await.unwrap();
        for few in candidates.chunks(limit) {
            facts += store.compact_facts(few, now).await.unwrap();
        }
        match last {
            Some(last) => after = Some(last),
            None => return facts,
        }
    }
}

/// Returns the stored facts of a customer's subscription, and asserts that the audit is clean.
pub(crate) async fn audited(database: &Database, customer: &str) -> Facts {
    let audited = database.store.audit(&key(customer)).await.unwrap();
    assert!(audited.differences.is_empty(), "{:?}", audited.differences);
    let id = SubscriptionId::new(format!("sub_{customer}"));
    audited.customer.facts(&id).unwrap().clone()
}

#[tokio::test]
async fn facts_behind_the_horizon_become_one_and_nothing_else_changes() {
    let database = database().await;
    for customer in ["a", "b", "c"] {
        database.bind(customer, customer).await;
        drop(database.store.post(&life(customer, 60), NOW).await.unwrap());
    }
    let tenant = async || {
        database
            .store
            .tenants()
            .get(&TenantId::parse("a").unwrap())
            .await
            .unwrap()
            .unwrap()
    };
    let (before, notices) = (tenant().await, database.notices().await);
    // The old facts are those of 35 to 59 days ago.
    let (candidates, last) = database.store.compaction_candidates(None, NOW).await.unwrap();
    assert_eq!((candidates.len(), last), (3, Some(key("c"))));
    assert_eq!(database.store.compact_facts(&candidates[..2], NOW).await.unwrap(), 2 * 24);
    assert_eq!(compact_all(&database.store, 2, NOW).await, 24, "the others are left");
    assert_eq!(database.count("subscription_fact").await, 3 * (1 + 35));
    for customer in ["a", "b", "c"] {
        let facts = audited(&database, customer).await;
        let baseline = facts.baseline().expect("there is a baseline");
        assert_eq!(baseline.through.as_secs(), TODAY - 35 * DAY);
        assert_eq!(facts.changes().count(), 35);
    }
    let after = tenant().await;
    assert_eq!(after.state, before.state);
    assert_eq!(
        (after.record.version, after.record.updated_at),
        (before.record.version, before.record.updated_at),
        "nothing is news to a tenant"
    );
    assert_eq!(database.notices().await, notices);
    assert_eq!(
        database
            .store
            .inbox()
            .list(&EventFilter::default(), 1000)
            .await
            .unwrap()
            .len(),
        180,
        "the inbox keeps all"
    );
}

#[tokio::test]
async fn compacting_again_changes_nothing_until_there_is_more_than_a_handful() {
    let database = database().await;
    drop(database.store.post(&life("a", 60), NOW).await.unwrap());
    assert_eq!(compact_all(&database.store, 16, NOW).await, 24);
    let versions = database.count("customer WHERE version = 61").await;
    assert_eq!(versions, 1, "whoever remembers the customer by its version must look again");
    for days in 0..4 {
        assert_eq!(
            compact_all(&database.store, 16, NOW.plus_secs(days * DAY)).await,
            0,
            "day {days}"
        );
    }
    assert_eq!(compact_all(&database.store, 16, NOW.plus_secs(4 * DAY)).await, 4);
    let facts = audited(&database, "a").await;
    assert_eq!(facts.baseline().unwrap().through.as_secs(), TODAY - 31 * DAY);
    assert_eq!(compact_all(&database.store, 16, NOW.plus_secs(400 * DAY)).await, 31);
    assert_eq!(database.count("subscription_fact").await, 1);
    assert!(audited(&database, "a").await.changes().next().is_none());
}

#[tokio::test]
async fn what_arrives_after_a_compaction_goes_on_from_it() {
    let (compacted, never) = (database().await, database().await);
    for database in [&compacted, &never] {
        database.bind("a", "a").await;
        drop(database.store.post(&life("a", 60), NOW).await.unwrap());
    }
    assert_eq!(compact_all(&compacted.store, 16, NOW.plus_secs(400 * DAY)).await, 59);
    let later = TODAY + 400 * DAY;
    let next = [
        change("evt_next", "a", later, Some(Status::PastDue), Status::Active),
        change("evt_end", "a", later + 1, Some(Status::Active), Status::Canceled),
    ];
    // Its second is already folded in, past every retry. It is kept, and tells nothing.
    let late = change("evt_late", "a", TODAY - 50 * DAY, Some(Status::Active), Status::Paused);
    drop(compacted.store.post(&[late], NOW).await.unwrap());
    assert_eq!(compacted.status("a").await.as_deref(), Some("past_due"));
    for database in [&compacted, &never] {
        drop(database.store.post(&next, NOW).await.unwrap());
        assert_eq!(database.status("a").await.as_deref(), Some("canceled"));
    }
    assert!(
        compacted
            .store
            .inbox()
            .get(&subscription::EventId::new("evt_late"))
            .await
            .unwrap()
            .is_some()
    );
    audited(&compacted, "a").await;
    assert_eq!(compacted.notices().await, never.notices().await);
    // A row that no longer says anything goes with the next compaction.
    assert_eq!(compacted.count("subscription_fact").await, 4);
    let again = change("evt_again", "a", later + 2, Some(Status::Canceled), Status::Canceled);
    drop(compacted.store.post(&[again], NOW).await.unwrap());
    assert_eq!(compact_all(&compacted.store, 16, NOW.plus_secs(800 * DAY)).await, 4);
    assert_eq!(compacted.count("subscription_fact").await, 1);
    assert_eq!(compacted.status("a").await.as_deref(), Some("canceled"));
    audited(&compacted, "a").await;
}

#[tokio::test]
async fn a_customer_of_both_modes_is_compacted_in_each_for_itself() {
    let database = database().await;
    let mut deliveries = life("a", 60);
    for delivery in life("a", 40) {
        let mut of_test = delivery;
        of_test.event.key.scope.livemode = false;
        deliveries.push(of_test);
    }
    drop(database.store.post(&deliveries, NOW).await.unwrap());
    assert_eq!(compact_all(&database.store, 1, NOW).await, 24 + 4);
    assert_eq!(audited(&database, "a").await.changes().count(), 35);
    let mut of_test = key("a");
    of_test.scope.livemode = false;
    let audited = database.store.audit(&of_test).await.unwrap();
    assert!(audited.differences.is_empty());
}

#[tokio::test]
async fn reads_behind_the_horizon_are_folded_away_too_and_one_astride_it_stays() {
    let database = database().await;
    database.bind("a", "a").await;
    let horizon = TODAY - 35 * DAY;
    // Active and past due alternate, and so do the reads right after a change. One read may have been true before the
    // horizon or after it.
    let mut outcomes = Vec::new();
    for delivery in life("a", 60) {
        drop(database.store.post(std::slice::from_ref(&delivery), NOW).await.unwrap());
        let happened = created_of(&delivery);
        if [horizon - 5 * DAY, horizon - 2 * DAY, horizon - DAY].contains(&happened) {
            let not_before = if happened == horizon - DAY {
                horizon - 1
            } else {
                happened + 1
            };
            let read = unpaid("a", not_before);
            outcomes.extend(database.store.observe(&[read], Source::Read, NOW).await.unwrap());
        }
    }
    assert_eq!(outcomes, [ObservationOutcome::Accepted; 3]);
    let tenant = async || {
        database
            .store
            .tenants()
            .get(&TenantId::parse("a").unwrap())
            .await
            .unwrap()
            .unwrap()
    };
    let before = tenant().await;
    assert!(compact_all(&database.store, 2, NOW).await > 20);
    let facts = audited(&database, "a").await;
    let kept: Vec<i64> = facts.reads().map(|read| read.not_before.as_secs()).collect();
    assert_eq!(kept, [horizon - 1], "only the one astride is still a fact of its own");
    assert!(facts.baseline().unwrap().through.as_secs() < horizon - 1);
    assert_eq!(tenant().await.state, before.state);
    assert_eq!(compact_all(&database.store, 2, NOW).await, 0);
}

/// Returns the time of the change that a delivery tells, in seconds.
fn created_of(delivery: &Delivery) -> i64 {
    let Some(Fact::Subscription {
        fact: SubscriptionFact::Change(change),
        ..
    }) = delivery.facts.first()
    else {
        panic!("{delivery:?} tells of no change");
    };
    change.created.as_secs()
}

/// Returns a read of an unpaid subscription.
fn unpaid(customer: &str, not_before: i64) -> Observation {
    Observation {
        customer: key(customer),
        of: Observed::Subscription {
            id: SubscriptionId::new(format!("sub_{customer}")),
            snapshot: Snapshot::of_status(Status::Unpaid),
            details: Details {
                created: Some(UnixSeconds::new(1)),
                ..Details::default()
            },
        },
        not_before: UnixSeconds::new(not_before),
        not_after: UnixSeconds::new(not_before + 2),
    }
}

/// Returns the places of a life's deliveries in an order in which every seventh comes later: by a few places, or by more
/// than are cached.
fn places_with_late_ones(len: usize) -> Vec<usize> {
    let place = |nth: usize| {
        if nth.is_multiple_of(7) {
            nth + [2, 30, 120][nth % 3]
        } else {
            nth
        }
    };
    let mut places: Vec<usize> = (0..len).collect();
    places.sort_by_key(|&nth| place(nth));
    places
}

#[tokio::test]
async fn of_a_long_life_only_the_newest_facts_are_cached_and_a_late_one_counts_all_the_same() {
    let database = database().await;
    database.bind("a", "a").await;
    let life = life("a", 300);
    for (posted, nth) in places_with_late_ones(life.len()).into_iter().enumerate() {
        drop(database.store.post(&life[nth..=nth], NOW).await.unwrap());
        if posted.is_multiple_of(11) {
            audited(&database, "a").await;
        }
    }
    assert_eq!(audited(&database, "a").await.changes().count(), 300);
    assert_eq!(database.status("a").await.as_deref(), Some("past_due"));
}

#[tokio::test]
async fn a_late_fact_that_another_instance_wrote_counts_too() {
    let database = database().await;
    database.bind("a", "a").await;
    let other = Store::connect(&database.url).await.unwrap();
    let life = life("a", 300);
    let (late, in_time): (Vec<usize>, Vec<usize>) = (0..life.len() - 1).partition(|nth| nth.is_multiple_of(100));
    for nth in in_time {
        drop(database.store.post(&life[nth..=nth], NOW).await.unwrap());
    }
    for nth in late {
        drop(other.post(&life[nth..=nth], NOW).await.unwrap());
    }
    drop(database.store.post(&life[299..], NOW).await.unwrap());
    assert_eq!(audited(&database, "a").await.changes().count(), 300);
    let end = change("evt_end", "a", TODAY + 1, Some(Status::PastDue), Status::Canceled);
    drop(database.store.post(&[end], NOW).await.unwrap());
    audited(&database, "a").await;
}
