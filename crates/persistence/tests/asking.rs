//! What Stripe answers when it is asked, and what is found by it, on a real database.

use persistence::{
    Cursor, CustomerKey, Delivery, Drift, DriftAlert, DriftFilter, DriftKind, Matter, NoticeFilter, NoticeState, Observation,
    ObservationOutcome, Observed, OwedNotice, ReadFilter, ReadReason, ReadSettlement, ReadTask, Scope, Store, TeamNotice,
    UnixMicros, Via,
};
use subscription::{
    Card, CardShown, CustomerId, Details, EventId, Fact, PaymentMethodId, Snapshot, Status, SubscriptionId, TenantId, UnixSeconds,
};

use crate::support::{Database, NOW, change, database, delivery, failed, paid, scope};

use ObservationOutcome::{Accepted, Confirmed, Inconclusive};

const HOUR: i64 = 60 * 60;

/// So many seconds before now, by Stripe's clock.
fn ago(secs: i64) -> i64 {
    NOW.to_unix_seconds().as_secs() - secs
}

fn key(customer: &str) -> CustomerKey {
    CustomerKey {
        id: CustomerId::new(customer),
        scope: scope(),
    }
}

fn read(customer: &str, not_before: i64, snapshot: Snapshot) -> Observation {
    Observation {
        customer: key(customer),
        of: Observed::Subscription {
            id: SubscriptionId::new(format!("sub_{customer}")),
            snapshot,
            details: Details::default(),
        },
        not_before: UnixSeconds::new(not_before),
        not_after: UnixSeconds::new(not_before + 2),
    }
}

fn by_list(delivery: Delivery) -> Delivery {
    Delivery {
        via: Via::EventList,
        ..delivery
    }
}

impl Database {
    /// The notice that a tenant's card is new.
    async fn card_updated(&self, tenant: &str) -> Option<OwedNotice> {
        let of_all = self.of_kind("card_updated").await;
        let is_its_own = |notice: &OwedNotice| notice.tenant_id == tenant;
        of_all.into_iter().find(is_its_own)
    }

    async fn observe(&self, observation: Observation) -> ObservationOutcome {
        let outcomes = self.store.observe(&[observation], Via::Read, NOW).await.unwrap();
        outcomes[0]
    }

    async fn posted(&self, batch: &[Delivery]) {
        drop(self.store.post(batch, NOW).await.unwrap());
    }

    async fn drift(&self) -> Vec<Drift> {
        let mut drift = self.store.drifts(&DriftFilter::default(), 100).await.unwrap();
        drift.reverse();
        drift
    }
}

#[tokio::test]
async fn a_read_that_agrees_stores_nothing() {
    let database = database().await;
    database.posted(&[change("evt_1", "a", 10, None, Status::Active)]).await;
    let version = database.count("customer WHERE version = 1").await;
    assert_eq!(
        database.observe(read("a", 20, Snapshot::of_status(Status::Active))).await,
        Confirmed
    );
    // Even one that could have been overtaken, while it agrees.
    assert_eq!(
        database.observe(read("a", 9, Snapshot::of_status(Status::Active))).await,
        Confirmed
    );
    assert_eq!(database.count("subscription_fact").await, 1);
    assert_eq!(database.count("customer WHERE version = 1").await, version);
    assert!(database.drift().await.is_empty());
}

#[tokio::test]
async fn a_read_that_may_be_older_than_an_event_changes_nothing_and_says_when_to_read_again() {
    let database = database().await;
    database.bind("a", "a").await;
    database.posted(&[change("evt_1", "a", 30, None, Status::Active)]).await;
    let late = read("a", 28, Snapshot::of_status(Status::Canceled));
    assert_eq!(database.observe(late).await, Inconclusive { retry_after_secs: 4 });
    assert_eq!(database.status("a").await.as_deref(), Some("active"));
    // A payment that failed speaks before the subscription does: a read from before it says nothing of it.
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
    let reads = database.store.reads(&ReadFilter::default(), 10).await.unwrap();
    assert_eq!(reads.len(), 1);
    assert_eq!((reads[0].reason, reads[0].due_at), (ReadReason::Gap, NOW.plus_secs(60)));
    assert_eq!(database.store.next_read_at().await.unwrap(), Some(NOW.plus_secs(60)));
    // The event was only late.
    database.posted(&[change("evt_0", "a", 5, None, Status::Active)]).await;
    assert!(database.store.reads(&ReadFilter::default(), 10).await.unwrap().is_empty());
    assert_eq!(database.store.next_read_at().await.unwrap(), None);
}

#[tokio::test]
async fn what_is_in_doubt_is_read_at_once_and_a_read_settles_it() {
    let database = database().await;
    database.bind("a", "a").await;
    database.posted(&[failed("evt_1", "a", 5, 1)]).await;
    // There and back within a second, and nothing is known of before.
    let there = change("evt_2", "a", 10, Some(Status::Active), Status::PastDue);
    let back = change("evt_3", "a", 10, Some(Status::PastDue), Status::Active);
    database.posted(&[there, back]).await;
    let reads = database.store.reads(&ReadFilter::default(), 10).await.unwrap();
    assert_eq!(
        (reads.len(), reads[0].reason, reads[0].due_at),
        (1, ReadReason::Doubt, NOW.plus_secs(2))
    );
    assert_eq!(
        database.observe(read("a", 20, Snapshot::of_status(Status::Active))).await,
        Accepted
    );
    assert!(database.store.reads(&ReadFilter::default(), 10).await.unwrap().is_empty());
    let tenant = database.store.tenant(&TenantId::parse("a").unwrap()).await.unwrap().unwrap();
    let subscription = tenant.state.subscription.unwrap();
    assert!(subscription.doubt.is_none() && !subscription.gap);
    let timeline = database.store.timeline(&tenant.id, None, 1).await.unwrap();
    assert_eq!(
        (timeline[0].what.as_str(), timeline[0].cause.as_str()),
        ("uncertain_since", "read")
    );
    assert!(
        database.drift().await.is_empty(),
        "what was in doubt was not taken for anything"
    );
}

#[tokio::test]
async fn what_a_read_finds_is_drift_and_owes_what_follows_from_it() {
    let database = database().await;
    database.bind("a", "a").await;
    database
        .posted(&[change("evt_1", "a", ago(9 * HOUR), None, Status::Active)])
        .await;
    let canceled = Snapshot {
        canceled_at: Some(UnixSeconds::new(ago(HOUR))),
        ..Snapshot::of_status(Status::Canceled)
    };
    assert_eq!(database.observe(read("a", ago(5), canceled)).await, Accepted);
    let drift = database.drift().await;
    assert_eq!(drift.len(), 1, "{drift:?}");
    let found = &drift[0];
    assert_eq!(
        (found.kind, found.object_id.as_str(), found.what.as_str()),
        (DriftKind::Subscription, "sub_a", "subscription_status")
    );
    assert_eq!(
        (found.from.as_deref(), found.to.as_deref()),
        (Some("active"), Some("canceled"))
    );
    assert_eq!(
        (found.via, &found.event, found.since),
        (Via::Read, &None, UnixSeconds::new(ago(HOUR)))
    );
    assert_eq!(found.tenant.as_ref().map(TenantId::as_str), Some("a"));
    assert_eq!(database.store.count_drifts(NOW).await.unwrap(), 1);
    assert_eq!(database.store.count_drifts(NOW.plus_secs(1)).await.unwrap(), 0);
    assert_eq!(database.of_kind("churn_alert").await[0].state, NoticeState::Pending);
}

#[tokio::test]
async fn what_is_found_long_after_it_happened_owes_notices_that_are_never_sent() {
    let database = database().await;
    database.bind("a", "a").await;
    database
        .posted(&[change("evt_1", "a", ago(99 * HOUR), None, Status::Active)])
        .await;
    // The same, told an hour and two days late: by whom decides.
    for (event, via, told, state) in [
        ("evt_2", Via::Webhook, ago(49 * HOUR), NoticeState::Pending),
        ("evt_3", Via::EventList, ago(48 * HOUR), NoticeState::Superseded),
        ("evt_4", Via::EventList, ago(HOUR), NoticeState::Pending),
    ] {
        let attempt = event.trim_start_matches("evt_").parse().unwrap();
        let delivery = Delivery {
            via,
            ..failed(event, "a", told, attempt)
        };
        database.posted(&[delivery]).await;
        let owed = database.of_kind("payment_failed").await;
        let owed = owed.iter().find(|notice| notice.event == Some(EventId::new(event))).unwrap();
        assert_eq!(owed.state, state, "{event}");
        let is_late = state == NoticeState::Superseded;
        assert_eq!(owed.reason.as_deref(), is_late.then_some("late"));
        assert_eq!(owed.settled_at, is_late.then_some(NOW));
    }
    let long_gone = Snapshot {
        canceled_at: Some(UnixSeconds::new(ago(26 * HOUR))),
        ..Snapshot::of_status(Status::Canceled)
    };
    assert_eq!(database.observe(read("a", ago(5), long_gone)).await, Accepted);
    assert_eq!(
        database.of_kind("subscription_canceled").await[0].state,
        NoticeState::Superseded
    );
    assert_eq!(
        database.status("a").await.as_deref(),
        Some("canceled"),
        "the state is told all the same"
    );
}

#[tokio::test]
async fn an_old_event_that_a_read_shows_in_another_light_is_no_news() {
    let database = database().await;
    for (customer, attached_at, state) in [
        ("a", ago(48 * HOUR), NoticeState::Superseded),
        ("b", ago(HOUR), NoticeState::Pending),
    ] {
        database.bind(customer, customer).await;
        database
            .posted(&[attached(&format!("evt_{customer}"), customer, attached_at)])
            .await;
        assert!(
            database.card_updated(customer).await.is_none(),
            "it may be the card of the checkout"
        );
        let subscribed_long_ago = Observation {
            of: Observed::Subscription {
                id: SubscriptionId::new(format!("sub_{customer}")),
                snapshot: Snapshot::of_status(Status::Active),
                details: Details {
                    created: Some(UnixSeconds::new(ago(99 * HOUR))),
                    ..Details::default()
                },
            },
            ..read(customer, ago(5), Snapshot::of_status(Status::Active))
        };
        assert_eq!(database.observe(subscribed_long_ago).await, Accepted);
        let owed = database.card_updated(customer).await;
        assert_eq!(owed.unwrap().state, state, "attached at {attached_at}");
    }
}

/// A card that was attached.
fn attached(event: &str, customer: &str, at: i64) -> Delivery {
    let card = Card {
        attached_at: Some(UnixSeconds::new(at)),
        shown: CardShown {
            told_at: UnixSeconds::new(at),
            event: EventId::new(event),
            brand: "visa".to_owned(),
            last4: Some("4242".to_owned()),
            exp_month: Some(12),
            exp_year: Some(2031),
        },
    };
    let fact = Fact::Card {
        id: PaymentMethodId::new(format!("pm_{customer}")),
        card,
    };
    delivery(event, customer, vec![fact])
}

#[tokio::test]
async fn an_event_that_is_only_listed_is_drift_once() {
    let database = database().await;
    database.bind("a", "a").await;
    database.posted(&[change("evt_1", "a", 10, None, Status::Active)]).await;
    assert!(database.drift().await.is_empty(), "what is delivered is not");
    let update = by_list(change("evt_2", "a", 20, Some(Status::Active), Status::PastDue));
    let repeated = by_list(change("evt_1", "a", 10, None, Status::Active));
    let no_change = by_list(change("evt_3", "a", 20, Some(Status::PastDue), Status::PastDue));
    database.posted(&[repeated.clone(), update.clone(), no_change]).await;
    database.posted(&[repeated, update]).await;
    let drift = database.drift().await;
    let told: Vec<_> = drift
        .iter()
        .map(|found| {
            (
                found.kind,
                found.event.as_ref().unwrap().as_str(),
                found.what.as_str(),
                found.to.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (DriftKind::Subscription, "evt_2", "subscription_status", Some("past_due")),
            (DriftKind::Event, "evt_3", "test", None),
        ]
    );
    assert_eq!(drift[0].since, UnixSeconds::new(20));
    let of_tenant = |tenant: &str| DriftFilter {
        tenant: Some(TenantId::parse(tenant).unwrap()),
        before: Some(drift[1].id),
        ..DriftFilter::default()
    };
    assert_eq!(database.store.drifts(&of_tenant("a"), 10).await.unwrap(), drift[..1]);
    assert!(database.store.drifts(&of_tenant("b"), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_happened_before_we_were_there_is_no_drift_and_owes_no_mail_that_is_sent() {
    let database = database().await;
    database.bind("a", "a").await;
    for delivery in [
        change("evt_1", "a", ago(30 * HOUR), None, Status::Active),
        failed("evt_2", "a", ago(29 * HOUR), 1),
    ] {
        let imported = Delivery {
            via: Via::Import,
            ..delivery
        };
        database.posted(&[imported]).await;
    }
    let past_due = read("a", ago(5), Snapshot::of_status(Status::PastDue));
    drop(database.store.observe(&[past_due], Via::Import, NOW).await.unwrap());
    assert!(database.drift().await.is_empty());
    assert_eq!(database.of_kind("payment_failed").await[0].state, NoticeState::Superseded);
    assert_eq!(database.status("a").await.as_deref(), Some("past_due"));
}

/// The invoice of a customer's failed payment as it is read once it was paid.
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
    let invoice = drift.iter().find(|found| found.kind == DriftKind::Invoice).unwrap();
    assert_eq!(
        (invoice.object_id.as_str(), invoice.to.as_deref(), invoice.since),
        ("in_a", Some("paid"), UnixSeconds::new(50))
    );
    assert!(
        drift
            .iter()
            .any(|found| found.kind == DriftKind::Subscription && found.to.as_deref() == Some("active"))
    );
}

#[tokio::test]
async fn a_customer_nobody_has_heard_of_is_known_by_what_is_read() {
    let database = database().await;
    let batch = [
        read("a", 20, Snapshot::of_status(Status::Active)),
        read("b", 20, Snapshot::of_status(Status::Trialing)),
    ];
    let outcomes = database.store.observe(&batch, Via::Operator, NOW).await.unwrap();
    assert_eq!(outcomes, [Accepted, Accepted]);
    database.bind("b", "b").await;
    assert_eq!(database.status("b").await.as_deref(), Some("trialing"));
    assert!(
        database
            .drift()
            .await
            .iter()
            .all(|found| found.via == Via::Operator && found.from.is_none())
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
    assert_eq!(another.observe(&[paused], Via::Read, NOW).await.unwrap(), [Accepted]);
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
    assert_eq!(store.claim_read("w1", 30, NOW.plus_secs(59)).await.unwrap(), None);
    let task = store.claim_read("w1", 30, due).await.unwrap().unwrap();
    assert_eq!(
        (&task.customer, task.subscription.as_str(), task.attempt, task.reason),
        (&key("a"), "sub_a", 1, ReadReason::Gap)
    );
    assert_eq!(store.claim_read("w2", 30, due.plus_secs(29)).await.unwrap(), None);
    let again = store.claim_read("w2", 30, due.plus_secs(30)).await.unwrap().unwrap();
    assert_eq!(again.attempt, 2);
    // Who lost it changes nothing.
    store
        .settle_read(&task, ReadSettlement::Done, due.plus_secs(31))
        .await
        .unwrap();
    assert_eq!(store.reads(&ReadFilter::default(), 10).await.unwrap().len(), 1);
    store
        .settle_read(&again, ReadSettlement::Done, due.plus_secs(31))
        .await
        .unwrap();
    assert!(store.reads(&ReadFilter::default(), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn after_five_tries_in_vain_a_read_is_an_alarm_that_is_tried_daily() {
    let database = database().await;
    let store = &database.store;
    database.posted(&[failed("evt_1", "a", 10, 1)]).await;
    let mut now = NOW.plus_secs(60);
    for attempt in 1..=ReadTask::MAX_ATTEMPTS {
        assert!(store.read_alarms(10).await.unwrap().is_empty());
        let task = store.claim_read("w", 30, now).await.unwrap().unwrap();
        assert_eq!(task.attempt, attempt);
        now = now.plus_secs(10);
        let retry = ReadSettlement::RetryAt(now, "no answer".to_owned());
        store.settle_read(&task, retry, now).await.unwrap();
    }
    let alarms = store.read_alarms(10).await.unwrap();
    assert_eq!(
        (alarms.len(), alarms[0].failure.as_deref(), alarms[0].is_alarm),
        (1, Some("no answer"), true)
    );
    assert_eq!(alarms[0].due_at, now.plus_secs(24 * HOUR));
    assert_eq!(alarms, store.reads(&ReadFilter::default(), 10).await.unwrap());
    // What is learned meanwhile ends it.
    assert_eq!(
        database.observe(read("a", 20, Snapshot::of_status(Status::Active))).await,
        Accepted
    );
    assert!(store.reads(&ReadFilter::default(), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_answer_is_an_alarm_at_once_and_an_operator_has_it_tried_again() {
    let database = database().await;
    let store = &database.store;
    let id = SubscriptionId::new("sub_a");
    store.request_read(&key("a"), &id, NOW).await.unwrap();
    let task = store.claim_read("w", 30, NOW).await.unwrap().unwrap();
    assert_eq!((task.reason, task.attempt), (ReadReason::Operator, 1));
    store
        .settle_read(&task, ReadSettlement::Alarm("no such subscription".to_owned()), NOW)
        .await
        .unwrap();
    assert_eq!(store.claim_read("w", 30, NOW.plus_secs(HOUR)).await.unwrap(), None);
    store.request_read(&key("a"), &id, NOW.plus_secs(HOUR)).await.unwrap();
    assert!(store.read_alarms(10).await.unwrap().is_empty());
    let task = store.claim_read("w", 30, NOW.plus_secs(HOUR)).await.unwrap().unwrap();
    assert_eq!(task.attempt, 1);
    // A doubt that comes up while it is read takes it away: what is read is from before.
    let there = change("evt_2", "a", 10, Some(Status::Active), Status::PastDue);
    let back = change("evt_3", "a", 10, Some(Status::PastDue), Status::Active);
    database.posted(&[there, back]).await;
    store
        .settle_read(&task, ReadSettlement::Done, NOW.plus_secs(HOUR))
        .await
        .unwrap();
    assert_eq!(
        store.reads(&ReadFilter::default(), 10).await.unwrap()[0].reason,
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
    // Whoever has it can have it longer.
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

impl Database {
    async fn drift_alerts(&self) -> Vec<DriftAlert> {
        let notices = self.store.notices(&NoticeFilter::default(), 1000).await.unwrap();
        let alert = |matter| match matter {
            Matter::Team(TeamNotice::DriftAlert(alert)) => Some(alert),
            Matter::Team(_) | Matter::Notice(_) => None,
        };
        notices.into_iter().filter_map(|notice| alert(notice.matter)).collect()
    }
}

#[tokio::test]
async fn our_admin_is_told_of_each_drift_once_and_no_more_often_than_hourly() {
    let database = database().await;
    let at = |secs| NOW.plus_secs(secs);
    let owed = async |secs| database.store.owe_drift_alert(at(secs)).await.unwrap();
    database.posted(&[change("evt_1", "a", 10, None, Status::Active)]).await;
    assert!(!owed(0).await);
    let lost = [
        by_list(change("evt_2", "a", 20, Some(Status::Active), Status::PastDue)),
        by_list(change("evt_3", "b", 30, None, Status::Active)),
    ];
    database.posted(&lost).await;
    assert!(owed(1).await);
    assert!(!owed(2).await);
    let alerts = database.drift_alerts().await;
    let [alert] = alerts.as_slice() else {
        panic!("{alerts:?}");
    };
    let now = NOW.to_unix_seconds().as_secs();
    assert_eq!((alert.count, alert.since_secs), (2, now));
    let first = &alert.listed[0];
    let told = (
        first.of.as_str(),
        first.from.as_deref(),
        first.to.as_deref(),
        first.event.as_deref(),
    );
    assert_eq!(told, ("a", Some("active"), Some("past_due"), Some("evt_2")));

    let lost = by_list(change("evt_4", "a", 40, Some(Status::PastDue), Status::Active));
    database.posted(&[lost]).await;
    assert!(!owed(HOUR).await, "the last alert is younger than an hour");
    assert!(owed(HOUR + 1).await);
    assert_eq!(database.drift_alerts().await[1].count, 1);
    assert!(!owed(3 * HOUR).await);
}

#[tokio::test]
async fn of_several_who_would_tell_of_the_same_drift_one_does() {
    let database = database().await;
    database.posted(&[change("evt_1", "a", 10, None, Status::Active)]).await;
    let lost = by_list(change("evt_2", "a", 20, Some(Status::Active), Status::PastDue));
    database.posted(&[lost]).await;
    let owe = || database.store.owe_drift_alert(NOW);
    let (one, other) = tokio::join!(owe(), owe());
    assert_ne!(one.unwrap(), other.unwrap());
    assert_eq!(database.drift_alerts().await.len(), 1);
}
