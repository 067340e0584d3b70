//! Payers that Stripe does not name, and the fold of facts by older rules.

use persistence::{Delivery, Receipt, ReceivedEvent, TenantUpdate, Terms, UnixMicros};
use subscription::facts::{Card, CardShown, ClaimSource, Dispute, Fact, SubscriptionFact, TenantClaim};
use subscription::{ChargeId, DisputeId, EventId, PaymentMethodId, Status, TenantId, UnixSeconds};

use crate::outbox::terms;
use crate::support::{Database, NOW, change, database, delivery, failed, key};

/// A payment of this customer.
fn charged(event: &str, customer: &str) -> Delivery {
    Delivery {
        charge: Some(ChargeId::new("ch_1")),
        ..delivery(event, customer, Vec::new())
    }
}

/// A dispute of that payment. Stripe does not name its customer.
fn disputed(event: &str) -> Delivery {
    let dispute = Dispute {
        is_closed: false,
        told_at: UnixSeconds::new(20),
        event: EventId::new(event),
        charge: ChargeId::new("ch_1"),
        amount: None,
        reason: Some("fraudulent".to_owned()),
        status: Some("needs_response".to_owned()),
        is_warning: false,
    };
    let id = DisputeId::new("du_1");
    nameless(delivery(event, "", vec![Fact::Dispute { id, dispute }]))
}

fn nameless(mut delivery: Delivery) -> Delivery {
    delivery.event.customer = None;
    delivery
}

fn card(event: &str, customer: &str, is_detached: bool) -> Delivery {
    let at = UnixSeconds::new(if is_detached { 40 } else { 5 });
    let card = Card {
        attached_at: (!is_detached).then_some(at),
        detached_at: is_detached.then_some(at),
        shown: CardShown {
            told_at: at,
            event: EventId::new(event),
            brand: "visa".to_owned(),
            last4: Some("4242".to_owned()),
            exp_month: Some(12),
            exp_year: Some(2031),
        },
    };
    let id = PaymentMethodId::new("pm_1");
    delivery(event, customer, vec![Fact::Card { id, card }])
}

#[tokio::test]
async fn a_dispute_is_told_of_whoever_paid_whether_in_one_batch_or_later() {
    for is_one_batch in [true, false] {
        let database = database().await;
        database.bind("a", "a").await;
        let told = [charged("evt_1", "a"), disputed("evt_2")];
        if is_one_batch {
            database.posted(&told).await;
        } else {
            for delivery in told {
                database.posted(&[delivery]).await;
            }
        }
        database.posted(&[disputed("evt_2")]).await;
        assert_eq!(
            database.notices().await,
            ["live::a:dispute_alert:du_1:opened"],
            "{is_one_batch}"
        );
    }
}

#[tokio::test]
async fn a_dispute_of_a_payment_of_nobody_that_is_known_is_told_with_the_charge() {
    let database = database().await;
    database.bind("a", "a").await;
    database.posted(&[disputed("evt_1")]).await;
    let told = database.of_kind("dispute_alert").await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].dedupe_key.as_str(), told[0].tenant_id.as_str()),
        ("team:dispute_alert:du_1:opened", "")
    );
    assert!(serde_json::to_string(&told[0].content).unwrap().contains("ch_1"));
}

#[tokio::test]
async fn a_dispute_that_comes_before_its_payment_is_told_of_whoever_paid() {
    for is_bound in [true, false] {
        let database = database().await;
        if is_bound {
            database.bind("a", "a").await;
        }
        database.posted(&[disputed("evt_2")]).await;
        database.posted(&[charged("evt_1", "a")]).await;
        database.posted(&[charged("evt_1", "a"), disputed("evt_2")]).await;
        let told = database.of_kind("dispute_alert").await;
        let told: Vec<_> = told
            .iter()
            .map(|notice| (notice.dedupe_key.as_str(), notice.state.as_str(), notice.reason.as_deref()))
            .collect();
        let of_nobody = "team:dispute_alert:du_1:opened";
        if is_bound {
            let of_tenant = "live::a:dispute_alert:du_1:opened";
            let found = (of_nobody, "superseded", Some("payer_found"));
            assert_eq!(told, [found, (of_tenant, "pending", None)]);
        } else {
            assert_eq!(told, [(of_nobody, "pending", None)]);
            // A tenant that is bound to the customer later sees it.
            database.bind("a", "a").await;
        }
        let audited = database.store.audit(&key("a")).await.unwrap();
        assert!(audited.differences.is_empty(), "{:?}", audited.differences);
        assert_eq!(audited.customer.disputes().len(), 1);
    }
}

#[tokio::test]
async fn a_dispute_and_its_payment_that_come_at_once_find_each_other() {
    let database = database().await;
    database.bind("a", "a").await;
    let (payments, disputes) = ([charged("evt_1", "a")], [disputed("evt_2")]);
    let (one, other) = tokio::join!(database.store.post(&payments, NOW), database.store.post(&disputes, NOW));
    let _: [Vec<Receipt>; 2] = [one.unwrap(), other.unwrap()];
    let told = database.of_kind("dispute_alert").await;
    let of_tenant = told.iter().filter(|notice| notice.tenant_id == "a").count();
    assert_eq!(of_tenant, 1, "{told:?}");
}

#[tokio::test]
async fn whose_a_payment_was_is_kept_while_it_can_be_disputed() {
    let database = database().await;
    database.posted(&[charged("evt_1", "a"), charged("evt_2", "a")]).await;
    assert_eq!(database.count("charge").await, 1);
    let day = |days: i64| NOW.plus_secs(days * 86_400);
    assert_eq!(database.store.prune_charges(day(540)).await.unwrap(), 0);
    assert_eq!(database.store.prune_charges(day(541)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_payment_method_that_is_detached_is_found_by_its_id() {
    let database = database().await;
    let mut active = change("evt_1", "a", 1, None, Status::Active);
    active.event.created = 1;
    database.posted(&[card("evt_0", "a", false), active]).await;
    let pays_with = async || {
        let audited = database.store.audit(&key("a")).await.unwrap();
        assert!(audited.differences.is_empty(), "{:?}", audited.differences);
        let state = audited.customer.state();
        state.subscription.unwrap().pays_with
    };
    assert_eq!(pays_with().await, Some(PaymentMethodId::new("pm_1")));
    database.posted(&[nameless(card("evt_2", "", true))]).await;
    assert_eq!(pays_with().await, None);
}

/// Changes the rows to those that an older version, with other rules, would have left behind.
async fn make_older(database: &Database) {
    database.execute("UPDATE customer SET folded_by = 0").await;
    database
        .execute("UPDATE tenant SET state = '{\"subscription\":null}', subscription_status = NULL")
        .await;
    database
        .execute("UPDATE subscription SET state = replace(state, '\"status\":\"past_due\"', '\"status\":\"active\"')")
        .await;
}

#[tokio::test]
async fn what_older_rules_made_of_the_facts_is_folded_anew_and_told_to_nobody() {
    let database = database().await;
    for customer in ["a", "b"] {
        database.bind(customer, customer).await;
        database
            .posted(&[
                change(&format!("evt_1{customer}"), customer, 1, None, Status::Active),
                change(
                    &format!("evt_2{customer}"),
                    customer,
                    20,
                    Some(Status::Active),
                    Status::PastDue,
                ),
            ])
            .await;
    }
    let notices = database.notices().await;
    let timeline = database.count("timeline").await;
    make_older(&database).await;
    assert!(!database.store.audit(&key("a")).await.unwrap().differences.is_empty());
    // Each exists in both modes, because no binding names one.
    assert_eq!(database.store.refold(|_, _| Vec::new(), NOW).await.unwrap(), 4);
    assert_eq!(database.store.refold(|_, _| Vec::new(), NOW).await.unwrap(), 0, "once");
    for customer in ["a", "b"] {
        let audited = database.store.audit(&key(customer)).await.unwrap();
        assert!(audited.differences.is_empty(), "{:?}", audited.differences);
        assert_eq!(database.status(customer).await.as_deref(), Some("past_due"));
    }
    assert_eq!(database.notices().await, notices);
    assert_eq!(database.count("timeline").await, timeline);
}

#[tokio::test]
async fn what_an_older_version_did_not_read_of_an_event_is_read_again() {
    let database = database().await;
    database.bind("a", "a").await;
    let told = [change("evt_1", "a", 1, None, Status::Active)];
    database.posted(&told).await;
    let notices = database.notices().await;
    database.execute("UPDATE customer SET folded_by = 0").await;
    let read = |_: &ReceivedEvent, _: &[u8]| {
        let mut facts = told[0].facts.clone();
        if let Some(Fact::Subscription { fact, .. }) = facts.first_mut()
            && let SubscriptionFact::Change(change) = fact
        {
            change.details.default_payment_method = Some(PaymentMethodId::new("pm_1"));
        }
        facts
    };
    assert_eq!(database.store.refold(read, NOW).await.unwrap(), 2);
    let audited = database.store.audit(&key("a")).await.unwrap();
    assert!(audited.differences.is_empty(), "{:?}", audited.differences);
    let subscription = audited.customer.state().subscription.unwrap();
    assert_eq!(subscription.pays_with, Some(PaymentMethodId::new("pm_1")));
    assert_eq!(database.notices().await, notices);
}

fn paying_for(tenant: &str, event: &str, customer: &str) -> Delivery {
    Delivery {
        claim: Some(TenantClaim {
            tenant: TenantId::parse(tenant).unwrap(),
            source: ClaimSource::SubscriptionMetadata,
        }),
        ..change(event, customer, 50, None, Status::Active)
    }
}

#[tokio::test]
async fn what_an_older_version_read_nothing_of_gives_a_tenant_its_first_state() {
    let database = database().await;
    database.bind("a", "a").await;
    let update = TenantUpdate {
        livemode: Some(true),
        ..TenantUpdate::default()
    };
    let tenant = TenantId::parse("a").unwrap();
    database.store.tenants().put(&tenant, &update, NOW).await.unwrap();
    database.posted(&[delivery("evt_1", "a", Vec::new())]).await;
    assert_eq!(database.status("a").await, None);
    database.execute("UPDATE customer SET folded_by = 0").await;
    let read = |_: &ReceivedEvent, _: &[u8]| failed("evt_1", "a", 10, 1).facts;
    database.store.refold(read, NOW).await.unwrap();
    assert_eq!(database.status("a").await.as_deref(), Some("past_due"));
    let audited = database.store.audit(&key("a")).await.unwrap();
    assert!(audited.differences.is_empty(), "{:?}", audited.differences);
}

async fn customer_of(database: &Database, tenant: &str) -> String {
    let tenant = database
        .store
        .tenants()
        .get(&TenantId::parse(tenant).unwrap())
        .await
        .unwrap()
        .unwrap();
    tenant.record.stripe_customer_id.unwrap().to_string()
}

#[tokio::test]
async fn who_pays_as_another_customer_is_told_once_and_moves_nothing() {
    let database = database().await;
    database.bind("acme", "a").await;
    database.posted(&[change("evt_1", "a", 1, None, Status::Active)]).await;
    for event in ["evt_2", "evt_3"] {
        database.posted(&[paying_for("acme", event, "b")]).await;
    }
    assert_eq!(database.notices().await, ["live::acme:payer_with_new_customer:b"]);
    assert_eq!(customer_of(&database, "acme").await, "a");
}

#[tokio::test]
async fn a_tenant_whose_customer_has_only_ended_subscriptions_moves_where_that_is_wanted() {
    for (has_ended, expected) in [(true, "b"), (false, "a")] {
        let mut database = database().await;
        database.store = database.store.with_terms(Terms {
            trusted_claims: [ClaimSource::SubscriptionMetadata].into(),
            rebind_when_ended: true,
            ..Terms::default()
        });
        database.bind("acme", "a").await;
        let status = if has_ended { Status::Canceled } else { Status::PastDue };
        database.posted(&[change("evt_1", "a", 1, None, status)]).await;
        database.posted(&[paying_for("acme", "evt_2", "b")]).await;
        assert_eq!(customer_of(&database, "acme").await, expected);
        if has_ended {
            assert_eq!(database.status("acme").await.as_deref(), Some("active"));
        }
        let conflicts = database.of_kind("payer_with_new_customer").await;
        assert_eq!(conflicts.len(), usize::from(!has_ended));
        for customer in ["a", "b"] {
            let audited = database.store.audit(&key(customer)).await.unwrap();
            assert!(audited.differences.is_empty(), "{:?}", audited.differences);
        }
        let later: UnixMicros = NOW.plus_secs(10);
        drop(
            database
                .store
                .post(&[change("evt_9", "a", 90, Some(Status::Active), Status::Canceled)], later)
                .await
                .unwrap(),
        );
        assert_eq!(customer_of(&database, "acme").await, expected);
    }
}

#[tokio::test]
async fn an_end_that_was_replaced_is_owed_again_where_that_had_ended_before_it() {
    let database = database().await;
    database.bind_with_contact("a").await;
    let of_other = |delivery: Delivery| {
        let mut delivery = delivery;
        if let Some(Fact::Subscription { id, .. }) = delivery.facts.first_mut() {
            *id = subscription::SubscriptionId::new("sub_other");
        }
        delivery
    };
    database.posted(&[change("evt_1", "a", 1, None, Status::Active)]).await;
    database
        .posted(&[change("evt_2", "a", 90, Some(Status::Active), Status::Canceled)])
        .await;
    // Another subscription becomes known, and then that it had ended long before.
    database
        .posted(&[of_other(change("evt_3", "a", 2, None, Status::Active))])
        .await;
    assert!(database.claim("w", &terms(), NOW.plus_secs(1)).await.is_none());
    let replaced = |notices: Vec<persistence::OwedNotice>| {
        notices
            .into_iter()
            .filter(|n| n.reason.as_deref() == Some("replaced"))
            .count()
    };
    let all = async || {
        let mut all = database.of_kind("subscription_canceled").await;
        all.extend(database.of_kind("churn_alert").await);
        all
    };
    assert_eq!(replaced(all().await), 2);
    database
        .posted(&[of_other(change("evt_4", "a", 50, Some(Status::Active), Status::Canceled))])
        .await;
    let notices = all().await;
    assert_eq!(notices.len(), 2, "each once");
    assert!(
        notices.iter().all(|notice| notice.state == persistence::NoticeState::Pending),
        "{notices:?}"
    );
}
