//! What a customer's record decides as it learns.

mod support;

use ledger::{BoundNow, CustomerRecord, DriftKind, ReadChange, ReadReason, Source, Terms, UnixMicros};
use subscription::{Status, SubscriptionId};
use support::{NOW, bound, change, key, kinds, learn, read, record};

#[test]
fn a_change_is_told_to_the_tenant_its_timeline_and_whoever_must_know() {
    let mut record = record();
    drop(learn(
        &mut record,
        &[change("evt_1", 10, None, Status::Active)],
        Source::Webhook,
    ));
    record.hold(bound("acme", "cus_1"));
    let changes = learn(
        &mut record,
        &[change("evt_2", 20, Some(Status::Active), Status::Canceled)],
        Source::Webhook,
    );
    assert_eq!(kinds(&changes), ["churn_alert", "subscription_canceled"]);
    let keys: Vec<&str> = changes.owed.iter().map(|notice| notice.dedupe_key.as_str()).collect();
    assert!(keys.iter().all(|key| key.starts_with("test::acme:")), "{keys:?}");
    let status = changes
        .timeline
        .iter()
        .find(|note| note.what == "subscription_status")
        .unwrap();
    assert_eq!(
        (status.from.as_deref(), status.to.as_deref()),
        (Some("active"), Some("canceled"))
    );
    let tenant = changes.tenant.unwrap();
    assert!(tenant.is_certain);
    assert_eq!((tenant.tenant.version, tenant.tenant.updated_at), (2, NOW));
}

#[test]
fn a_fact_that_changes_nothing_leaves_the_tenant_as_it_was() {
    let mut record = record();
    let fact = change("evt_1", 10, None, Status::Active);
    drop(learn(&mut record, std::slice::from_ref(&fact), Source::Webhook));
    record.hold(bound("acme", "cus_1"));
    let changes = learn(&mut record, &[fact], Source::Webhook);
    assert!(!changes.tenant.unwrap().is_certain);
    assert!(changes.timeline.is_empty() && changes.owed.is_empty());
    assert_eq!(
        changes.customer.map(|_| record.version()),
        Some(2),
        "it counts as a change of what is stored"
    );
}

#[test]
fn without_a_tenant_nothing_is_owed() {
    let mut record = CustomerRecord::default();
    let ended = change("evt_1", 10, Some(Status::Active), Status::Canceled);
    let changes = learn(&mut record, &[ended], Source::Webhook);
    assert!(changes.owed.is_empty() && changes.timeline.is_empty() && changes.tenant.is_none());
    assert_eq!(changes.facts.len(), 1);
}

#[test]
fn a_tenant_that_is_bound_later_is_told_only_what_is_still_true() {
    let mut record = CustomerRecord::default();
    drop(learn(
        &mut record,
        &[change("evt_1", 10, Some(Status::Active), Status::PastDue)],
        Source::Webhook,
    ));
    record.bind(
        &key("cus_1"),
        bound("acme", "cus_1"),
        &ledger::Cause::Api,
        &Terms::default(),
        NOW,
    );
    let changes = record.take_changes(NOW);
    let tenant = changes.tenant.unwrap();
    assert!(tenant.is_certain);
    assert_eq!(tenant.bound_now, None::<BoundNow>);
    assert!(changes.timeline.iter().any(|note| note.what == "subscription_status"));
    let unheard_of = ["churn_alert", "subscription_canceled", "trial_started"];
    assert!(!changes.owed.iter().any(|notice| unheard_of.contains(&notice.content.kind())));
}

#[test]
fn what_only_asking_showed_is_drift_and_is_no_news_once_it_is_old() {
    let mut record = record();
    drop(learn(
        &mut record,
        &[change("evt_1", 10, None, Status::Active)],
        Source::Webhook,
    ));
    record.hold(bound("acme", "cus_1"));
    let changes = learn(&mut record, &[read(100, Status::Canceled)], Source::Read);
    let drift = &changes.drift[0];
    assert_eq!((drift.kind, drift.object_id.as_str()), (DriftKind::Subscription, "sub_1"));
    assert_eq!(
        (drift.what.as_str(), drift.to.as_deref()),
        ("subscription_status", Some("canceled"))
    );
    assert_eq!(kinds(&changes), Vec::<&str>::new());
    assert!(!changes.owed.is_empty(), "it is recorded");
    assert!(changes.owed.iter().all(|notice| notice.superseded == Some("late")));
}

#[test]
fn an_import_is_no_drift() {
    let changes = learn(&mut record(), &[read(100, Status::Active)], Source::Import);
    assert!(changes.drift.is_empty());
}

#[test]
fn a_listed_event_that_changed_nothing_is_drift_of_its_own() {
    let mut record = record();
    let fact = change("evt_1", 10, None, Status::Active);
    drop(learn(&mut record, std::slice::from_ref(&fact), Source::Webhook));
    let changes = learn(&mut record, &[fact], Source::EventList);
    let found: Vec<_> = changes.drift.iter().map(|drift| (drift.kind, drift.what.as_str())).collect();
    assert_eq!(found, [(DriftKind::Event, "customer.subscription.updated")]);
}

#[test]
fn a_gap_asks_for_a_read_and_what_fills_it_settles_the_read() {
    let mut record = record();
    let lost = change("evt_3", 30, Some(Status::PastDue), Status::Active);
    let changes = learn(
        &mut record,
        &[change("evt_1", 10, None, Status::Active), lost],
        Source::Webhook,
    );
    let subscription = SubscriptionId::new("sub_1");
    let wanted = ReadChange::Wanted(subscription.clone(), ReadReason::Gap, NOW.plus_secs(60));
    assert_eq!(changes.reads, [wanted]);
    let found = change("evt_2", 20, Some(Status::Active), Status::PastDue);
    let changes = learn(&mut record, &[found], Source::Webhook);
    assert_eq!(changes.reads, [ReadChange::Settled(subscription)]);
}

#[test]
fn folding_anew_owes_nothing_and_writes_no_history() {
    let mut record = record();
    drop(learn(
        &mut record,
        &[change("evt_1", 10, Some(Status::Active), Status::Canceled)],
        Source::Webhook,
    ));
    record.hold(bound("acme", "cus_1"));
    record.refold(&key("cus_1"), Vec::new(), &Terms::default(), NOW);
    let changes = record.take_changes(NOW);
    assert!(changes.owed.is_empty() && changes.timeline.is_empty());
    assert_eq!(changes.subscriptions, [SubscriptionId::new("sub_1")]);
    assert!(!changes.tenant.unwrap().is_certain, "its stored read model decides");
}

#[test]
fn time_alone_ends_access_once() {
    let mut record = record();
    let terms = Terms::default();
    let start = NOW.to_unix_seconds();
    let failed = change("evt_1", start.as_secs(), Some(Status::Active), Status::PastDue);
    drop(learn(&mut record, &[failed], Source::Webhook));
    record.hold(bound("acme", "cus_1"));
    let wake_at = record.wake_at().unwrap();
    let then = UnixMicros::new(wake_at.as_secs() * 1_000_000);
    record.wake(&key("cus_1"), &terms, then);
    let changes = record.take_changes(then);
    assert!(kinds(&changes).contains(&"access_suspended"), "{:?}", kinds(&changes));
    let access = changes.timeline.iter().find(|note| note.what == "access").unwrap();
    assert_eq!(access.cause, ledger::Cause::Time);
    record.hold(bound("acme", "cus_1"));
    record.wake(&key("cus_1"), &terms, then);
    assert!(record.take_changes(then).owed.is_empty());
}
