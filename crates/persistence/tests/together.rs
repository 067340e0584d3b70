//! Several instances on one database, at the same moment.

use futures_util::future::join_all;
use persistence::{Delivery, Put, Store, StoreError, TenantUpdate, Terms};
use subscription::facts::{ClaimSource, TenantClaim};
use subscription::{CustomerId, Status, TenantId};

use crate::compact::{DAY, TODAY, audited, compact_all, life};
use crate::support::{Database, NOW, change, database, delivery, failed, paid};

/// Connects this many instances, each with connections of its own.
async fn instances(database: &Database, count: usize) -> Vec<Store> {
    join_all((0..count).map(|_| async { Store::connect(&database.url).await.unwrap() })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_start_at_once_bring_the_schema_up_to_date_once() {
    let url = test_support::postgres::cluster().new_database();
    let stores = join_all((0..6).map(|_| async { Store::connect(&url).await.unwrap() })).await;
    for migrated in join_all(stores.iter().map(Store::migrate)).await {
        migrated.unwrap();
    }
    assert!(stores[0].is_migrated().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_several_receive_at_once_is_applied_once() {
    let database = database().await;
    database.bind("a", "a").await;
    let stores = instances(&database, 4).await;
    for nth in 0..20 {
        let event = [failed(&format!("evt_{nth}"), "a", 10 + nth, u32::try_from(nth).unwrap() + 1)];
        let posted = join_all(stores.iter().map(|store| store.post(&event, NOW))).await;
        let fresh = posted
            .into_iter()
            .flat_map(Result::unwrap)
            .filter(|receipt| !receipt.is_duplicate);
        assert_eq!(fresh.count(), 1);
    }
}

/// Returns a life whose events are read rightly only together with the earlier ones: it ended, and the later events are
/// older.
fn ended(customer: &str) -> [Delivery; 6] {
    [
        change("evt_made", customer, 10, None, Status::Active),
        failed("evt_failed", customer, 20, 1),
        change("evt_ended", customer, 40, Some(Status::Active), Status::Canceled),
        change("evt_late", customer, 30, Some(Status::Active), Status::PastDue),
        paid("evt_paid", customer, 50),
        failed("evt_failed_late", customer, 25, 2),
    ]
}

/// Checks the state of a customer of whom every event of [`ended`] was delivered.
async fn check_ended(database: &Database, customer: &str) {
    assert_eq!(database.status(customer).await.as_deref(), Some("canceled"));
    let facts = audited(database, customer).await;
    assert_eq!(facts.changes().count(), 3);
    assert_eq!(database.count("invoice WHERE status = 'paid'").await, 1);
}

#[tokio::test]
async fn instances_that_take_turns_at_a_customer_know_what_the_others_learned() {
    let (turns, alone) = (database().await, database().await);
    turns.bind("a", "a").await;
    alone.bind("a", "a").await;
    let stores = instances(&turns, 2).await;
    for (nth, delivery) in ended("a").into_iter().enumerate() {
        drop(alone.store.post(std::slice::from_ref(&delivery), NOW).await.unwrap());
        drop(stores[nth % 2].post(&[delivery], NOW).await.unwrap());
    }
    check_ended(&turns, "a").await;
    check_ended(&alone, "a").await;
    assert_eq!(turns.notices().await, alone.notices().await);
}

#[tokio::test]
async fn what_an_older_version_wrote_beside_newer_ones_is_known_to_them() {
    let database = database().await;
    database.bind("a", "a").await;
    let stores = instances(&database, 3).await;
    let [made, failed, ended, late, paid, failed_late] = ended("a");
    drop(stores[2].post(&[made], NOW).await.unwrap());
    drop(stores[0].post(&[failed], NOW).await.unwrap());
    drop(stores[1].post(&[ended], NOW).await.unwrap());
    // An older version counts its changes, and marks nothing.
    database
        .execute("UPDATE subscription_fact SET version = 1; UPDATE customer SET marked_from = 0, marked_through = 2")
        .await;
    drop(stores[0].post(&[late], NOW).await.unwrap());
    assert_eq!(
        database.status("a").await.as_deref(),
        Some("canceled"),
        "known to who remembers what was before"
    );
    drop(stores[2].post(&[paid], NOW).await.unwrap());
    assert_eq!(
        database.status("a").await.as_deref(),
        Some("canceled"),
        "and to who remembers even less"
    );
    drop(stores[1].post(&[failed_late], NOW).await.unwrap());
    check_ended(&database, "a").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_about_the_same_customers_in_any_order_do_not_block_each_other() {
    let database = database().await;
    // Capitals, digits and underscores sort differently by language and by byte.
    let customers: Vec<String> = (0..24)
        .map(|n| ["Z_", "a", "_B", "é"][n % 4].to_owned() + &n.to_string())
        .collect();
    for customer in &customers {
        database
            .bind(
                &format!("t{}", customer.trim_start_matches(['Z', '_', 'a', 'B', 'é'])),
                customer,
            )
            .await;
    }
    let stores = instances(&database, 4).await;
    let batches = stores.iter().enumerate().map(|(instance, store)| {
        let mut shuffled = customers.clone();
        shuffled.rotate_left(instance * 5);
        if instance % 2 == 1 {
            shuffled.reverse();
        }
        async move {
            for round in 0..10 {
                let batch: Vec<_> = shuffled
                    .iter()
                    .map(|customer| failed(&format!("evt_{instance}_{round}_{customer}"), customer, 10, round + 1))
                    .collect();
                drop(store.post(&batch, NOW).await.unwrap());
            }
        }
    });
    join_all(batches).await;
    for key in stores[0].customers(None, 100).await.unwrap() {
        assert!(stores[0].audit(&key).await.unwrap().differences.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_bound_while_its_customer_is_first_heard_of_has_its_state() {
    let database = database().await;
    let stores = instances(&database, 2).await;
    for nth in 0..60 {
        let name = format!("c{nth}");
        let id = TenantId::parse(&name).unwrap();
        let update = TenantUpdate {
            stripe_customer_id: Some(Some(CustomerId::new(name.as_str()))),
            ..TenantUpdate::default()
        };
        let event = [change(&format!("evt_{nth}"), &name, 10, None, Status::Active)];
        let (posted, put) = tokio::join!(stores[0].post(&event, NOW), stores[1].tenants().put(&id, &update, NOW));
        drop(posted.unwrap());
        assert!(matches!(put.unwrap(), Put::Created(_)));
        assert_eq!(database.status(&name).await.as_deref(), Some("active"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_that_several_claim_at_once_is_given_to_one() {
    let database = database().await;
    let stores = instances(&database, 4).await;
    let update = TenantUpdate {
        stripe_customer_id: Some(Some(CustomerId::new("one"))),
        ..TenantUpdate::default()
    };
    let claims = stores.iter().enumerate().map(|(nth, store)| {
        let (id, update) = (TenantId::parse(&format!("t{nth}")).unwrap(), &update);
        async move { store.tenants().put(&id, update, NOW).await.unwrap() }
    });
    let made = join_all(claims)
        .await
        .into_iter()
        .filter(|put| matches!(put, Put::Created(_)));
    assert_eq!(made.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_several_make_at_once_is_made_once_and_then_updated() {
    let database = database().await;
    let stores = instances(&database, 4).await;
    let id = TenantId::parse("a").unwrap();
    let update = TenantUpdate::default();
    let puts = join_all(stores.iter().map(|store| store.tenants().put(&id, &update, NOW))).await;
    let made = puts.into_iter().filter(|put| matches!(put, Ok(Put::Created(_))));
    assert_eq!(made.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_several_are_woken_for_is_owed_as_one_alone_would_owe_it() {
    let (alone, together) = (database().await, database().await);
    for database in [&alone, &together] {
        for nth in 0..30 {
            let name = format!("c{nth}");
            database.bind(&name, &name).await;
            let event = change(&format!("evt_{nth}"), &name, 10, None, Status::PastDue);
            drop(database.store.post(&[event], NOW).await.unwrap());
        }
    }
    let much_later = NOW.plus_secs(400 * 86_400);
    let wake = async |store: &Store| while store.outbox().owe_due(much_later).await.unwrap() > 0 {};
    wake(&alone.store).await;
    let stores = instances(&together, 4).await;
    join_all(stores.iter().map(wake)).await;
    let kinds = async |database: &Database| {
        let mut keys = database.notices().await;
        keys.sort();
        keys
    };
    let owed = kinds(&alone).await;
    assert!(
        owed.iter().filter(|key| key.contains("access_suspended")).count() == 30,
        "{owed:?}"
    );
    assert_eq!(kinds(&together).await, owed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compaction_and_intake_of_several_at_once_come_to_what_one_after_the_other_would() {
    let (raced, alone) = (database().await, database().await);
    let customers: Vec<String> = (0..24).map(|n| format!("c{n:02}")).collect();
    for database in [&raced, &alone] {
        for customer in &customers {
            database.bind(customer, customer).await;
            drop(database.store.post(&life(customer, 50), NOW).await.unwrap());
        }
    }
    let rounds: Vec<Vec<_>> = (0..10_i64)
        .map(|round| {
            let (from, to) =
                [(Status::PastDue, Status::Active), (Status::Active, Status::PastDue)][usize::from(round % 2 == 1)].clone();
            let told = |customer: &String| {
                change(
                    &format!("evt_{round}_{customer}"),
                    customer,
                    TODAY + 60 + round,
                    Some(from.clone()),
                    to.clone(),
                )
            };
            customers.iter().map(told).collect()
        })
        .collect();
    for batch in &rounds {
        drop(alone.store.post(batch, NOW).await.unwrap());
    }
    let stores = instances(&raced, 5).await;
    let post = async |part: usize| {
        for batch in rounds.iter().skip(part).step_by(3) {
            drop(stores[part].post(batch, NOW).await.unwrap());
        }
    };
    // Horizons advance while events arrive, and two instances compact the same facts.
    let compact = async |instance: usize| {
        let mut facts = 0;
        for day in 0..12 {
            facts += compact_all(&stores[instance], 4, NOW.plus_secs(day * DAY)).await;
        }
        facts
    };
    let ((), (), (), first, second) = tokio::join!(post(0), post(1), post(2), compact(3), compact(4));
    let rows = raced.count("subscription_fact").await;
    assert_eq!(
        u64::try_from(24 * 60 - rows).unwrap(),
        first + second,
        "each is folded away by one of them"
    );
    for customer in &customers {
        assert_eq!(raced.status(customer).await, alone.status(customer).await);
        assert!(audited(&raced, customer).await.changes().count() < 40);
    }
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    assert_eq!(sorted(raced.notices().await), sorted(alone.notices().await));
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_refused_at_start_and_served_if_it_comes_later() {
    let database = database().await;
    database
        .execute("INSERT INTO seaql_migrations VALUES ('m29990101_000001_from_the_future', 0)")
        .await;
    assert!(
        database.store.is_migrated().await.unwrap(),
        "an old binary goes on serving beside a new one"
    );
    let refused = database.store.migrate().await.unwrap_err();
    assert!(matches!(refused, StoreError::NewerSchema { .. }));
    let told = refused.to_string();
    for part in [
        "m29990101_000001_from_the_future",
        "`dunlin migrate --down 1` of that version",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[tokio::test]
async fn what_keeps_from_connecting_is_told() {
    let told = |error: StoreError| {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("{error}: {cause}")
    };
    let nobody = Store::connect("postgres://dunlin@127.0.0.1:1/dunlin").await.unwrap_err();
    assert!(told(nobody).contains("refused"));
    let url = test_support::postgres::cluster().new_database();
    let other = url.replace("/test", "/no_test");
    let missing = told(Store::connect(&other).await.unwrap_err());
    assert!(missing.contains("does not exist"), "{missing}");
    let unencrypted = url.replace("sslmode=disable", "sslmode=require");
    let refused = told(Store::connect(&unencrypted).await.unwrap_err());
    assert!(
        refused.to_lowercase().contains("tls") || refused.to_lowercase().contains("ssl"),
        "{refused}"
    );
}

/// Whichever comes first, the API's binding stands, and a claim never takes it away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_is_taken_while_the_api_binds_the_tenant_takes_nothing_away() {
    let database = database().await;
    let stores = instances(&database, 2).await;
    let trusting = stores[0].clone().with_terms(Terms {
        trusted_claims: [ClaimSource::ClientReferenceId].into(),
        ..Terms::default()
    });
    for nth in 0..60 {
        let tenant = TenantId::parse(&format!("t{nth}")).unwrap();
        let checkout = Delivery {
            claim: Some(TenantClaim {
                tenant: tenant.clone(),
                source: ClaimSource::ClientReferenceId,
            }),
            ..delivery(&format!("evt_{nth}"), &format!("claimed_{nth}"), Vec::new())
        };
        let by_api = CustomerId::new(format!("named_{nth}"));
        let update = TenantUpdate {
            stripe_customer_id: Some(Some(by_api.clone())),
            ..TenantUpdate::default()
        };
        let batch = [checkout];
        let (posted, put) = tokio::join!(trusting.post(&batch, NOW), stores[1].tenants().put(&tenant, &update, NOW));
        posted.unwrap();
        assert!(matches!(put.unwrap(), Put::Created(_) | Put::Updated(_)));
        let bound = database.store.tenants().get(&tenant).await.unwrap().unwrap();
        assert_eq!(bound.record.stripe_customer_id, Some(by_api));
    }
}
