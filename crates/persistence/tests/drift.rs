//! Drift: differences that no webhook delivered, and the notices owed for them and about them.

use persistence::{
    Delivery, DriftFilter, DriftKind, NoticeFilter, NoticeState, Observation, ObservationOutcome, OwedNotice, Source,
};
use subscription::facts::{Card, CardShown, Details, Fact, Observed, Snapshot};
use subscription::notices::{DriftAlert, NoticeContent, StaffNotice};
use subscription::{EventId, PaymentMethodId, Status, SubscriptionId, TenantId, UnixSeconds};

use crate::support::{Database, HOUR, NOW, ago, by_list, change, database, delivery, failed, read};

use ObservationOutcome::Accepted;

impl Database {
    /// Returns the notice that a tenant's card is new.
    async fn card_updated(&self, tenant: &str) -> Option<OwedNotice> {
        let of_all = self.of_kind("card_updated").await;
        let is_its_own = |notice: &OwedNotice| notice.tenant_id == tenant;
        of_all.into_iter().find(is_its_own)
    }

    async fn drift_alerts(&self) -> Vec<DriftAlert> {
        let notices = self.store.outbox().list(&NoticeFilter::default(), 1000).await.unwrap();
        let alert = |content| match content {
            NoticeContent::Staff(StaffNotice::DriftAlert(alert)) => Some(alert),
            NoticeContent::Staff(_) | NoticeContent::Notice(_) => None,
        };
        notices.into_iter().filter_map(|notice| alert(notice.content)).collect()
    }
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
        (found.entry.kind, found.entry.object_id.as_str(), found.entry.what.as_str()),
        (DriftKind::Subscription, "sub_a", "subscription_status")
    );
    assert_eq!(
        (found.entry.from.as_deref(), found.entry.to.as_deref()),
        (Some("active"), Some("canceled"))
    );
    assert_eq!(
        (found.entry.source, &found.entry.event, found.entry.since),
        (Source::Read, &None, UnixSeconds::new(ago(HOUR)))
    );
    assert_eq!(found.entry.tenant.as_ref().map(TenantId::as_str), Some("a"));
    assert_eq!(database.store.drift().count(NOW).await.unwrap(), 1);
    assert_eq!(database.store.drift().count(NOW.plus_secs(1)).await.unwrap(), 0);
    assert_eq!(database.of_kind("churn_alert").await[0].state, NoticeState::Pending);
}

#[tokio::test]
async fn what_is_found_long_after_it_happened_owes_notices_that_are_never_sent() {
    let database = database().await;
    database.bind("a", "a").await;
    database
        .posted(&[change("evt_1", "a", ago(99 * HOUR), None, Status::Active)])
        .await;
    // The same failure comes an hour late and two days late. The way it comes decides.
    for (event, source, told, state) in [
        ("evt_2", Source::Webhook, ago(49 * HOUR), NoticeState::Pending),
        ("evt_3", Source::EventList, ago(48 * HOUR), NoticeState::Superseded),
        ("evt_4", Source::EventList, ago(HOUR), NoticeState::Pending),
    ] {
        let attempt = event.trim_start_matches("evt_").parse().unwrap();
        let delivery = Delivery {
            source,
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
        let first = Delivery {
            facts: attached("evt", "first", ago(98 * HOUR)).facts,
            ..delivery(&format!("evt_first_{customer}"), customer, Vec::new())
        };
        database.posted(&[first]).await;
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
        detached_at: None,
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
                found.entry.kind,
                found.entry.event.as_ref().unwrap().as_str(),
                found.entry.what.as_str(),
                found.entry.to.as_deref(),
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
    assert_eq!(drift[0].entry.since, UnixSeconds::new(20));
    let of_tenant = |tenant: &str| DriftFilter {
        tenant: Some(TenantId::parse(tenant).unwrap()),
        before: Some(drift[1].id),
        ..DriftFilter::default()
    };
    assert_eq!(database.store.drift().list(&of_tenant("a"), 10).await.unwrap(), drift[..1]);
    assert!(database.store.drift().list(&of_tenant("b"), 10).await.unwrap().is_empty());
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
            source: Source::Import,
            ..delivery
        };
        database.posted(&[imported]).await;
    }
    let past_due = read("a", ago(5), Snapshot::of_status(Status::PastDue));
    drop(database.store.observe(&[past_due], Source::Import, NOW).await.unwrap());
    assert!(database.drift().await.is_empty());
    assert_eq!(database.of_kind("payment_failed").await[0].state, NoticeState::Superseded);
    assert_eq!(database.status("a").await.as_deref(), Some("past_due"));
}

#[tokio::test]
async fn our_admin_is_told_of_each_drift_once_and_no_more_often_than_hourly() {
    let database = database().await;
    let at = |secs| NOW.plus_secs(secs);
    let owed = async |secs| database.store.outbox().owe_drift_alert(at(secs)).await.unwrap();
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
    assert_eq!((alert.count, alert.since.as_secs()), (2, now));
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
    let owe = || database.store.outbox().owe_drift_alert(NOW);
    let (one, other) = tokio::join!(owe(), owe());
    assert_ne!(one.unwrap(), other.unwrap());
    assert_eq!(database.drift_alerts().await.len(), 1);
}
