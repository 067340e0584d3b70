//! Durability: a commit is on PostgreSQL's disk, whatever the settings of its role or database.

use persistence::{PostgresOptions, Store, StoreError};
use test_support::postgres::Cluster;

use crate::support::{NOW, change, database};
use subscription::{EventId, Status};

#[tokio::test]
async fn a_unit_of_work_waits_for_the_disk_where_its_database_would_not() {
    let database = database().await;
    database
        .execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$;
             CREATE TABLE seen (setting text);
             CREATE FUNCTION note() RETURNS trigger AS $$ BEGIN
                 INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$ LANGUAGE plpgsql;
             CREATE TRIGGER note BEFORE INSERT ON stripe_event FOR EACH ROW EXECUTE FUNCTION note();",
        )
        .await;
    let store = Store::connect(&database.url).await.unwrap();
    let receipts = store
        .post(&[change("evt_1", "a", 1, None, Status::Active)], NOW)
        .await
        .unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(database.count("seen WHERE setting = 'on'").await, 1);
    assert_eq!(database.count("seen").await, 1);
}

#[tokio::test]
async fn what_no_synchronous_standby_has_is_not_acknowledged() {
    let cluster = Cluster::start();
    let options = PostgresOptions {
        statement_timeout_secs: 1,
        ..PostgresOptions::default()
    };
    let store = Store::connect_with(&cluster.url("postgres"), options).await.unwrap();
    store.migrate().await.unwrap();
    let post = async |nth: usize| {
        let delivery = change(&format!("evt_{nth}"), "a", 1, None, Status::Active);
        store.post(&[delivery], NOW).await
    };
    cluster.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    cluster.execute("postgres", "SELECT pg_reload_conf()");
    // The server follows a moment later. Until then it acknowledges.
    let mut nth = 0;
    let error = loop {
        assert!(nth < 1_000, "nobody but the primary has it");
        match post(nth).await {
            Ok(_acknowledged) => nth += 1,
            Err(error) => break error,
        }
    };
    assert!(error.is_outage(), "{error:?}");
    // The restart commits the waiting transaction.
    cluster.crash();
    let waiting = EventId::new(format!("evt_{nth}"));
    assert!(store.inbox().get(&waiting).await.is_ok_and(|event| event.is_some()));
    let error = post(nth).await.expect_err("it is there, and still nobody else has it");
    assert!(error.is_outage(), "{error:?}");
    cluster.execute("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
    cluster.execute("postgres", "SELECT pg_reload_conf()");
    assert!(post(nth).await.unwrap()[0].is_duplicate);
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_an_outage_until_it_does() {
    let cluster = Cluster::start();
    let store = Store::connect(&cluster.url("postgres")).await.unwrap();
    store.migrate().await.unwrap();
    let post = async |store: &Store| {
        let delivery = change("evt_1", "a", 1, None, Status::Active);
        store.post(&[delivery], NOW).await
    };
    cluster.execute("postgres", "ALTER DATABASE postgres SET default_transaction_read_only = on");
    let read_only = Store::connect(&cluster.url("postgres")).await.unwrap();
    let not_writable = read_only.check_writable().await.expect_err("it takes no writes");
    assert!(matches!(not_writable, StoreError::ReadOnly), "{not_writable:?}");
    let not_posted = post(&read_only).await.expect_err("it takes no writes");
    assert!(not_posted.is_outage(), "{not_posted:?}");
    cluster.execute("template1", "ALTER DATABASE postgres RESET default_transaction_read_only");
    // Sessions keep the settings that they began with. Sessions that begin after a crash do not.
    cluster.crash();
    let mut posted = post(&read_only).await;
    if posted.is_err() {
        posted = post(&read_only).await;
    }
    assert!(!posted.unwrap()[0].is_duplicate);
    read_only.check_writable().await.unwrap();
}
