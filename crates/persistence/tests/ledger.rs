//! The ledger on a real database.

use crate::support::{NOW, change, database, failed, scope};
use persistence::{Contact, CustomerKey, Delivery, Role, Store, TenantUpdate};
use subscription::{CustomerId, Status, SubscriptionId, TenantId};

/// Returns several customers' histories, interleaved, with a repetition.
fn mixed_batch() -> Vec<Delivery> {
    let mut batch = Vec::new();
    for customer in ["a", "b", "c"] {
        let event = |n: u8| format!("evt_{customer}{n}");
        batch.push(change(&event(1), customer, 10, None, Status::Trialing));
        batch.push(change(&event(2), customer, 20, Some(Status::Trialing), Status::Active));
        batch.push(failed(&event(3), customer, 30, 1));
        batch.push(failed(&event(4), customer, 40, 2));
        batch.push(change(&event(5), customer, 50, Some(Status::PastDue), Status::Canceled));
        batch.push(failed(&event(3), customer, 30, 1));
    }
    batch.rotate_left(5);
    batch
}

#[tokio::test]
async fn a_batch_comes_to_the_same_as_its_deliveries_one_by_one() {
    let (at_once, one_by_one) = (database().await, database().await);
    for database in [&at_once, &one_by_one] {
        for tenant in ["a", "b", "c"] {
            database.bind(tenant, tenant).await;
        }
    }
    let batch = mixed_batch();
    let together = at_once.store.post(&batch, NOW).await.unwrap();
    let mut apart = Vec::new();
    for delivery in &batch {
        apart.extend(one_by_one.store.post(std::slice::from_ref(delivery), NOW).await.unwrap());
    }
    assert_eq!(together, apart);
    assert_eq!(together.iter().filter(|receipt| receipt.is_duplicate).count(), 3);
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    let owed = sorted(at_once.notices().await);
    assert_eq!(owed, sorted(one_by_one.notices().await));
    assert!(owed.contains(&"live::a:churn_alert:sub_a".to_owned()), "{owed:?}");
    for tenant in ["a", "b", "c"] {
        let id = TenantId::parse(tenant).unwrap();
        let states = [&at_once, &one_by_one].map(|database| database.store.clone());
        let [together, apart] = states;
        let (together, apart) = (
            together.tenants().get(&id).await.unwrap().unwrap(),
            apart.tenants().get(&id).await.unwrap().unwrap(),
        );
        assert_eq!(
            (&together.state, together.record.version),
            (&apart.state, apart.record.version)
        );
        let timeline = at_once.store.tenants().timeline(&id, None, 100).await.unwrap();
        assert_eq!(
            timeline.len(),
            one_by_one.store.tenants().timeline(&id, None, 100).await.unwrap().len()
        );
    }
}

#[tokio::test]
async fn a_batch_that_fails_leaves_no_trace() {
    let database = database().await;
    database.bind("a", "a").await;
    database.refuse_churn_alerts().await;
    let batch = [
        change("evt_1", "a", 10, None, Status::Active),
        change("evt_2", "a", 20, Some(Status::Active), Status::Canceled),
    ];
    assert!(database.store.post(&batch, NOW).await.is_err());
    assert_eq!(database.status("a").await, None);
    assert!(
        database
            .store
            .inbox()
            .list(&persistence::EventFilter::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(database.notices().await.is_empty());
    database.accept_churn_alerts().await;
    let receipts = database.store.post(&batch, NOW).await.unwrap();
    assert!(
        receipts.iter().all(|receipt| !receipt.is_duplicate),
        "what failed is new when it comes again"
    );
    assert_eq!(database.status("a").await.as_deref(), Some("canceled"));
    assert_eq!(database.notices().await.len(), 2);
}

#[tokio::test]
async fn an_audit_finds_what_was_tampered_with_and_nothing_else() {
    let database = database().await;
    database.bind("a", "a").await;
    let deliveries = [
        change("evt_1", "a", 10, None, Status::Active),
        change("evt_2", "b", 10, None, Status::Active),
    ];
    drop(database.store.post(&deliveries, NOW).await.unwrap());
    let key = |customer: &str| CustomerKey {
        id: CustomerId::new(customer),
        scope: scope(),
    };
    assert_eq!(database.store.customers(None, 10).await.unwrap(), [key("a"), key("b")]);
    assert_eq!(database.store.customers(Some(&key("a")), 10).await.unwrap(), [key("b")]);
    let differences = |audited: persistence::AuditedCustomer| audited.differences;
    for customer in ["a", "b"] {
        assert!(differences(database.store.audit(&key(customer)).await.unwrap()).is_empty());
    }
    database
        .execute("UPDATE tenant SET state = '{\"subscription\":null}' WHERE id = 'a'")
        .await;
    database
        .execute("UPDATE subscription SET state = replace(state, 'active', 'paused') WHERE id = 'sub_b'")
        .await;
    let of_a = differences(database.store.audit(&key("a")).await.unwrap());
    assert!(of_a.len() == 1 && of_a[0].starts_with("tenant a"), "{of_a:?}");
    let of_b = differences(database.store.audit(&key("b")).await.unwrap());
    assert!(of_b.len() == 1 && of_b[0].starts_with("subscription sub_b"), "{of_b:?}");
    database.execute("DELETE FROM subscription").await;
    assert_eq!(differences(database.store.audit(&key("b")).await.unwrap()).len(), 1);
}

#[tokio::test]
async fn bodies_are_kept_for_thirty_five_days_and_what_they_told_for_good() {
    let database = database().await;
    database.bind("a", "a").await;
    let later = NOW.plus_secs(86_400);
    for (nth, received_at) in [NOW, NOW, NOW, later].into_iter().enumerate() {
        let event = failed(&format!("evt_{nth}"), "a", 10, u32::try_from(nth).unwrap() + 1);
        drop(database.store.post(&[event], received_at).await.unwrap());
    }
    let day_35 = NOW.plus_secs(35 * 86_400);
    assert_eq!(database.store.prune_bodies(100, day_35.plus_secs(-1)).await.unwrap(), 0);
    assert_eq!(
        database.store.prune_bodies(2, day_35).await.unwrap(),
        2,
        "no more than asked for"
    );
    assert_eq!(database.store.prune_bodies(100, day_35).await.unwrap(), 1);
    assert_eq!(database.store.prune_bodies(100, day_35).await.unwrap(), 0);
    let body = async |id: &str| {
        database
            .store
            .inbox()
            .get(&subscription::EventId::new(id))
            .await
            .unwrap()
            .unwrap()
            .1
    };
    assert_eq!(body("evt_0").await, None);
    assert_eq!(body("evt_3").await.as_deref(), Some(&b"body"[..]));
    let again = database.store.post(&[failed("evt_0", "a", 10, 1)], day_35).await.unwrap();
    assert!(again[0].is_duplicate, "what was delivered is remembered without its body");
    let key = CustomerKey {
        id: CustomerId::new("a"),
        scope: scope(),
    };
    assert!(database.store.audit(&key).await.unwrap().differences.is_empty());
}

#[tokio::test]
async fn the_schema_goes_up_and_down_and_up_again() {
    let database = database().await;
    assert!(database.store.pending_migrations().await.unwrap().is_empty());
    database.store.migrate_down(1).await.unwrap();
    assert_eq!(database.store.pending_migrations().await.unwrap().len(), 1);
    database.store.migrate().await.unwrap();
    drop(
        database
            .store
            .post(&[change("evt_1", "a", 10, None, Status::Active)], NOW)
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn a_database_that_cannot_be_used_says_why() {
    let unsupported = Store::connect("mysql://localhost/dunlin").await.unwrap_err();
    assert!(unsupported.to_string().contains("mysql"), "{unsupported}");
    let nowhere = Store::connect("sqlite:///no/such/folder/dunlin.db").await.unwrap_err();
    assert_eq!(nowhere.to_string(), "cannot open the database /no/such/folder/dunlin.db");
    // A database in memory has no write-ahead log. It cannot be durable, and that shows at the start.
    let in_memory = Store::connect("sqlite::memory:").await.unwrap_err();
    assert!(in_memory.to_string().contains("journal_mode"), "{in_memory}");
}

#[tokio::test]
async fn contacts_are_replaced_as_a_whole() {
    let database = database().await;
    let id = TenantId::parse("a").unwrap();
    let contact = |email: &str| Contact {
        role: Role::Billing,
        email: email.to_owned(),
        name: String::new(),
    };
    for contacts in [
        vec![contact("x@example.com"), contact("y@example.com")],
        vec![contact("z@example.com")],
        vec![],
    ] {
        let update = TenantUpdate {
            contacts: Some(contacts.clone()),
            ..TenantUpdate::default()
        };
        drop(database.store.tenants().put(&id, &update, NOW).await.unwrap());
        assert_eq!(database.store.tenants().get(&id).await.unwrap().unwrap().contacts, contacts);
    }
}

#[tokio::test]
async fn a_tenant_bound_without_a_mode_belongs_to_the_live_customer_if_there_are_two() {
    let database = database().await;
    let mut test_mode = change("evt_1", "a", 10, None, Status::Canceled);
    test_mode.event.key.scope.livemode = false;
    drop(
        database
            .store
            .post(&[test_mode, change("evt_2", "a", 10, None, Status::Active)], NOW)
            .await
            .unwrap(),
    );
    database.bind("a", "a").await;
    assert_eq!(database.status("a").await.as_deref(), Some("active"));
    let mut later = change("evt_3", "a", 20, Some(Status::Trialing), Status::Unpaid);
    later.event.key.scope.livemode = false;
    drop(database.store.post(&[later], NOW).await.unwrap());
    assert_eq!(database.status("a").await.as_deref(), Some("active"));
}

#[tokio::test]
async fn what_is_remembered_of_a_customer_is_not_used_once_a_backup_without_it_was_put_back() {
    let database = database().await;
    database.bind("acme", "cus_a").await;
    let before = change("evt_1", "cus_a", 10, None, Status::Active);
    drop(database.store.post(&[before], NOW).await.unwrap());
    database
        .execute("DELETE FROM subscription_fact; DELETE FROM subscription; DELETE FROM customer")
        .await;
    let after = change("evt_2", "cus_a", 20, Some(Status::Active), Status::PastDue);
    drop(database.store.post(&[after], NOW).await.unwrap());
    assert_eq!(database.status("acme").await.as_deref(), Some("past_due"));
    assert_eq!(database.count("subscription_fact").await, 1);
    let customers = database.store.customers(None, 10).await.unwrap();
    let audited = database.store.audit(&customers[0]).await.unwrap();
    assert_eq!(audited.differences, Vec::<String>::new());
    let facts = audited.customer.facts(&SubscriptionId::new("sub_cus_a")).unwrap();
    let events: Vec<&str> = facts.changes().map(|change| change.event.as_str()).collect();
    assert_eq!(events, ["evt_2"]);
}
