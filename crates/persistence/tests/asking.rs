//! Stripe's answers to reads, and the leases of those who ask, on a real database.

use persistence::{
    Cursor, DriftKind, NextRead, Observation, ObservationOutcome, ReadFilter, ReadReason, ReadSettlement, Scope, Source, Store,
    UnixMicros,
};
use subscription::facts::{Fact, Observed, Snapshot};
use subscription::{EventId, Status, SubscriptionId, TenantId, UnixSeconds};

use crate::support::{HOUR, NOW, change, database, failed, key, paid, read, scope};

use ObservationOutcome::{Accepted, Confirmed, Inconclusive};

#[tokio::test]
async fn a_read_that_agrees_stores_nothing() {
    let database = database().await;
    database.posted(&[change("evt_1", "a", 10, None, Status::Active)]).await;
    let version = database.count("customer WHERE version = 1").await;
    assert_eq!(
        database.observe(read("a", 20, Snapshot::of_status(Status::Active))).await,
        Confirmed
    );
    // The same holds for a read that may be stale, as long as it agrees.
    assert_eq!(
        database.observe(read("a", 9, Snapshot::of_status(Status::Active))).await,
        Confirmed
    );
    assert_eq!(database.count("subscription_fact").await, 1);
    assert_eq!(database.count("customer WHERE version = 1").await, version);
    assert!(database.drift().await.is_empty());
}

#[tokio::test]
async fn reads_that_tell_nothing_wait_for_nobody_who_writes() {
    let database = database().await;
    database.posted(&[change("evt_1", "a", 10, None, Status::Active)]).await;
    let writing = database.written_by_another().await;
    let agrees = read("a", 20, Snapshot::of_status(Status::Active));
    assert_eq!(database.observe(agrees).await, Confirmed);
    let late = read("a", 9, Snapshot::of_status(Status::Canceled));
    assert_eq!(database.observe(late).await, Inconclusive { retry_after_secs: 3 });
    drop(writing);
}

#[tokio::test]
async fn a_read_that_may_be_older_than_an_event_changes_nothing_and_says_when_to_read_again() {
    let database = database().await;
    database.bind("a", "a").await;
    database.posted(&[change("evt_1", "a", 30, None, Status::Active)]).await;
    let late = read("a", 28, Snapshot::of_status(Status::Canceled));
    assert_eq!(database.observe(late).await, Inconclusive { retry_after_secs: 4 });
    assert_eq!(database.status("a").await.as_deref(), Some("active"));
    // A failed payment is news of the subscription before the subscription's own event. A read from before the failure
    // says nothing about it.
    database.posted(&[failed("evt_2", "a", 50, 1)]).await;
    let before = read("a", 49, Snapshot::of_status(Status::Active));
    assert_eq!(database.observe(before).await, Inconclusive { retry_after_secs: 3 });
    assert_eq!(database.status("a").await.as_deref(), Some("past_due"));
    let after = read("a", 51, Snapshot::of_status(Status::Active));
    assert_eq!(database.observe(after).await, Accepted);
    assert_eq!(database.status("a").await.as_deref(), Some("active"));
}

#[tokio::test]
async fn a_subscription_that_has_ended_is_not_revived_by_a_stale_read() {
    let database = database().await;
    database.bind("a", "a").await;
    let ended = change("evt_1", "a", 30, Some(Status::Active), Status::Canceled);
    database.posted(&[ended]).await;
    let stale = read("a", 100, Snapshot::of_status(Status::Active));
    assert_eq!(database.observe(stale).await, Inconclusive { retry_after_secs: 2 });
    assert_eq!(database.status("a").await.as_deref(), Some("canceled"));
    assert_eq!(database.count("subscription_fact").await, 1);
}

#[tokio::test]
async fn what_is_missing_is_read_a_minute_later_and_no_more_once_it_is_known() {
    let database = database().await;
    database.bind("a", "a").await;
    database.posted(&[failed("evt_1", "a", 10, 1)]).await;
    let reads = database.store.reads().list(&ReadFilter::default(), 10).await.unwrap();
    assert_eq!(reads.len(), 1);
    assert_eq!((reads[0].reason, reads[0].due_at), (ReadReason::Gap, NOW.plus_secs(60)));
    assert_eq!(database.store.reads().next_at().await.unwrap(), Some(NOW.plus_secs(60)));
    // The event was only late.
    database.posted(&[change("evt_0", "a", 5, None, Status::Active)]).await;
    assert!(
        database
            .store
            .reads()
            .list(&ReadFilter::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(database.store.reads().next_at().await.unwrap(), None);
}

#[tokio::test]
async fn what_is_in_doubt_is_read_at_once_and_a_read_settles_it() {
    let database = database().await;
    database.bind("a", "a").await;
    database.posted(&[failed("evt_1", "a", 5, 1)]).await;
    // The status leaves and returns within a second, and nothing is known of the time before.
    let there = change("evt_2", "a", 10, Some(Status::Active), Status::PastDue);
    let back = change("evt_3", "a", 10, Some(Status::PastDue), Status::Active);
    database.posted(&[there, back]).await;
    let reads = database.store.reads().list(&ReadFilter::default(), 10).await.unwrap();
    assert_eq!(
        (reads.len(), reads[0].reason, reads[0].due_at),
        (1, ReadReason::Doubt, NOW.plus_secs(2))
    );
    assert_eq!(
        database.observe(read("a", 20, Snapshot::of_status(Status::Active))).await,
        Accepted
    );
    assert!(
        database
            .store
            .reads()
            .list(&ReadFilter::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let tenant = database
        .store
        .tenants()
        .get(&TenantId::parse("a").unwrap())
        .await
        .unwrap()
        .unwrap();
    let subscription = tenant.state.subscription.unwrap();
    assert!(subscription.doubt.is_none() && !subscription.gap);
    let timeline = database.store.tenants().timeline(&tenant.record.id, None, 1).await.unwrap();
    assert_eq!(
        (timeline[0].what.as_str(), timeline[0].cause.as_str()),
        ("uncertain_since", "read")
    );
    assert!(
        database.drift().await.is_empty(),
        "what was in doubt was not taken for anything"
    );
}

/// Returns the invoice of a customer's failed payment as a read shows it after the payment.
fn payment_read(customer: &str, not_before: i64, paid_at: i64) -> Observation {
    let Some(Fact::Invoice { id, mut fact }) = paid("", customer, not_before).facts.pop() else {
        panic!("a payment is about an invoice");
    };
    fact.event = EventId::new(format!("read:{not_before}"));
    fact.created = UnixSeconds::new(10);
    fact.paid_at = Some(UnixSeconds::new(paid_at));
    Observation {
        customer: key(customer),
        of: Observed::Invoice { id, fact },
        not_before: UnixSeconds::new(not_before),
        not_after: UnixSeconds::new(not_before + 2),
    }
}

#[tokio::test]
async fn a_payment_that_is_read_says_no_more_of_the_subscription_than_one_that_is_delivered() {
    let database = database().await;
    for (tenant, paid_at, expected) in [("a", 99, "past_due"), ("b", 100, "active")] {
        database.bind(tenant, tenant).await;
        let evt = |nth: u8| format!("evt_{tenant}{nth}");
        database
            .posted(&[
                change(&evt(1), tenant, 5, None, Status::Active),
                failed(&evt(2), tenant, 10, 1),
                change(&evt(3), tenant, 100, Some(Status::Active), Status::PastDue),
            ])
            .await;
        assert_eq!(database.observe(payment_read(tenant, 500, paid_at)).await, Accepted);
        assert_eq!(database.status(tenant).await.as_deref(), Some(expected), "paid at {paid_at}");
    }
}

#[tokio::test]
async fn an_invoice_that_is_read_is_joined_and_the_same_again_is_no_news() {
    let database = database().await;
    database.bind("a", "a").await;
    database
        .posted(&[change("evt_1", "a", 5, None, Status::Active), failed("evt_2", "a", 10, 1)])
        .await;
    let as_read = |not_before| payment_read("a", not_before, 50);
    assert_eq!(database.observe(as_read(100)).await, Accepted);
    assert_eq!(database.observe(as_read(200)).await, Confirmed);
    assert_eq!(database.observe(as_read(90)).await, Confirmed);
    assert_eq!(database.count("invoice WHERE status = 'paid'").await, 1);
    let drift = database.drift().await;
    let invoice = drift.iter().find(|found| found.entry.kind == DriftKind::Invoice).unwrap();
    assert_eq!(
        (
            invoice.entry.object_id.as_str(),
            invoice.entry.to.as_deref(),
            invoice.entry.since
        ),
        ("in_a", Some("paid"), UnixSeconds::new(50))
    );
    assert!(
        drift
            .iter()
            .any(|found| found.entry.kind == DriftKind::Subscription && found.entry.to.as_deref() == Some("active"))
    );
}

#[tokio::test]
async fn a_customer_nobody_has_heard_of_is_known_by_what_is_read() {
    let database = database().await;
    let batch = [
        read("a", 20, Snapshot::of_status(Status::Active)),
        read("b", 20, Snapshot::of_status(Status::Trialing)),
    ];
    let outcomes = database.store.observe(&batch, Source::Operator, NOW).await.unwrap();
    assert_eq!(outcomes, [Accepted, Accepted]);
    database.bind("b", "b").await;
    assert_eq!(database.status("b").await.as_deref(), Some("trialing"));
    assert!(
        database
            .drift()
            .await
            .iter()
            .all(|found| found.entry.source == Source::Operator && found.entry.from.is_none())
    );
    assert!(database.store.audit(&key("a")).await.unwrap().differences.is_empty());
}

#[tokio::test]
async fn what_another_instance_read_is_known_here() {
    let database = database().await;
    database.bind("a", "a").await;
    database.posted(&[change("evt_1", "a", 10, None, Status::Active)]).await;
    let another = Store::connect(&database.url).await.unwrap();
    let paused = read("a", 20, Snapshot::of_status(Status::PastDue));
    assert_eq!(another.observe(&[paused], Source::Read, NOW).await.unwrap(), [Accepted]);
    // An event from before the read does not undo it.
    database
        .posted(&[change("evt_2", "a", 15, Some(Status::Active), Status::Active)])
        .await;
    assert_eq!(database.status("a").await.as_deref(), Some("past_due"));
    let audited = database.store.audit(&key("a")).await.unwrap();
    assert!(audited.differences.is_empty(), "{audited:?}");
}

#[tokio::test]
async fn a_read_is_in_one_workers_hands_until_its_lease_ends() {
    let database = database().await;
    let store = &database.store;
    database.posted(&[failed("evt_1", "a", 10, 1)]).await;
    let due = NOW.plus_secs(60);
    assert_eq!(store.reads().claim("w1", 30, NOW.plus_secs(59)).await.unwrap(), None);
    let task = store.reads().claim("w1", 30, due).await.unwrap().unwrap();
    assert_eq!(
        (&task.customer, task.subscription.as_str(), task.attempt, task.reason),
        (&key("a"), "sub_a", 1, ReadReason::Gap)
    );
    assert_eq!(store.reads().claim("w2", 30, due.plus_secs(29)).await.unwrap(), None);
    let again = store.reads().claim("w2", 30, due.plus_secs(30)).await.unwrap().unwrap();
    assert_eq!(again.attempt, 2);
    // A worker that lost the lease changes nothing.
    store
        .reads()
        .settle(&task, ReadSettlement::Done, due.plus_secs(31))
        .await
        .unwrap();
    assert_eq!(store.reads().list(&ReadFilter::default(), 10).await.unwrap().len(), 1);
    store
        .reads()
        .settle(&again, ReadSettlement::Done, due.plus_secs(31))
        .await
        .unwrap();
    assert!(store.reads().list(&ReadFilter::default(), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn after_five_tries_in_vain_a_read_is_an_alarm_that_is_tried_daily() {
    let database = database().await;
    let store = &database.store;
    database.posted(&[failed("evt_1", "a", 10, 1)]).await;
    let mut now = NOW.plus_secs(60);
    for attempt in 1..=NextRead::MAX_ATTEMPTS {
        assert!(store.reads().alarms(10).await.unwrap().is_empty());
        let task = store.reads().claim("w", 30, now).await.unwrap().unwrap();
        assert_eq!(task.attempt, attempt);
        now = now.plus_secs(10);
        let retry = ReadSettlement::RetryAt(now, "no answer".to_owned());
        store.reads().settle(&task, retry, now).await.unwrap();
    }
    let alarms = store.reads().alarms(10).await.unwrap();
    assert_eq!(
        (alarms.len(), alarms[0].failure.as_deref(), alarms[0].is_alarm),
        (1, Some("no answer"), true)
    );
    assert_eq!(alarms[0].due_at, now.plus_secs(24 * HOUR));
    assert_eq!(alarms, store.reads().list(&ReadFilter::default(), 10).await.unwrap());
    // A fact that arrives meanwhile ends it.
    assert_eq!(
        database.observe(read("a", 20, Snapshot::of_status(Status::Active))).await,
        Accepted
    );
    assert!(store.reads().list(&ReadFilter::default(), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_answer_is_an_alarm_at_once_and_an_operator_has_it_tried_again() {
    let database = database().await;
    let store = &database.store;
    let id = SubscriptionId::new("sub_a");
    store.reads().request(&key("a"), &id, NOW).await.unwrap();
    let task = store.reads().claim("w", 30, NOW).await.unwrap().unwrap();
    assert_eq!((task.reason, task.attempt), (ReadReason::Operator, 1));
    store
        .reads()
        .settle(&task, ReadSettlement::Alarm("no such subscription".to_owned()), NOW)
        .await
        .unwrap();
    assert_eq!(store.reads().claim("w", 30, NOW.plus_secs(HOUR)).await.unwrap(), None);
    store.reads().request(&key("a"), &id, NOW.plus_secs(HOUR)).await.unwrap();
    assert!(store.reads().alarms(10).await.unwrap().is_empty());
    let task = store.reads().claim("w", 30, NOW.plus_secs(HOUR)).await.unwrap().unwrap();
    assert_eq!(task.attempt, 1);
    // A doubt that arises during the read takes the read from its worker, because its answer predates the doubt.
    let there = change("evt_2", "a", 10, Some(Status::Active), Status::PastDue);
    let back = change("evt_3", "a", 10, Some(Status::PastDue), Status::Active);
    database.posted(&[there, back]).await;
    store
        .reads()
        .settle(&task, ReadSettlement::Done, NOW.plus_secs(HOUR))
        .await
        .unwrap();
    assert_eq!(
        store.reads().list(&ReadFilter::default(), 10).await.unwrap()[0].reason,
        ReadReason::Doubt
    );
}

#[tokio::test]
async fn one_instance_reconciles_and_tells_the_next_how_far_it_came() {
    let database = database().await;
    let store = &database.store;
    let mine = scope();
    let fresh = store.claim_reconciliation(&mine, "w1", 60, NOW).await.unwrap();
    assert_eq!(fresh, Some(Cursor::default()));
    assert_eq!(
        store.claim_reconciliation(&mine, "w2", 60, NOW.plus_secs(59)).await.unwrap(),
        None
    );
    let of_test_mode = Scope {
        livemode: false,
        ..scope()
    };
    assert!(
        store
            .claim_reconciliation(&of_test_mode, "w2", 60, NOW)
            .await
            .unwrap()
            .is_some()
    );
    // The worker that holds it may extend it.
    assert!(
        store
            .claim_reconciliation(&mine, "w1", 60, NOW.plus_secs(59))
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        store.claim_reconciliation(&mine, "w2", 60, NOW.plus_secs(61)).await.unwrap(),
        None
    );
    let cursor = Cursor {
        events_through: Some(1_000),
        full_at: Some(NOW),
        objects_at: Some(UnixMicros::new(7)),
    };
    assert!(
        store
            .settle_reconciliation(&mine, "w1", &cursor, NOW.plus_secs(62))
            .await
            .unwrap()
    );
    assert_eq!(
        store.claim_reconciliation(&mine, "w2", 60, NOW.plus_secs(62)).await.unwrap(),
        Some(cursor)
    );
    let lost = store
        .settle_reconciliation(&mine, "w1", &Cursor::default(), NOW)
        .await
        .unwrap();
    assert!(!lost, "who lost the lease keeps nothing");
}
