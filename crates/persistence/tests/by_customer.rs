//! Every row that a delivery reads or writes is found by its customer: see `docs/scaling.md`.

use std::collections::BTreeSet;

use persistence::Store;
use subscription::Status;
use test_support::postgres::{Cluster, cluster};

use crate::support::{NOW, change, database, failed};

/// The column that names the customer in each table that intake reads or writes.
const CUSTOMER: [(&str, &str); 11] = [
    ("stripe_event", "customer_id"),
    ("event_payload", "customer_id"),
    ("customer", "id"),
    ("subscription_fact", "customer_id"),
    ("subscription", "customer_id"),
    ("invoice", "customer_id"),
    ("payment_method", "customer_id"),
    ("tenant", "stripe_customer_id"),
    ("timeline", "customer_id"),
    ("outbox", "customer_id"),
    ("read_task", "customer_id"),
];

/// Returns the statements that the server received since it had logged `before`, without those that begin and end
/// transactions.
fn statements(before: &str) -> Vec<String> {
    let log = cluster().log();
    let new = log.strip_prefix(before).unwrap();
    let sent = new.lines().filter_map(|line| {
        let (_, said) = line
            .split_once("LOG:  execute ")
            .or_else(|| line.split_once("LOG:  statement"))?;
        Some(said.split_once(": ")?.1.to_owned())
    });
    let is_about_rows = |statement: &String| {
        ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"]
            .iter()
            .any(|verb| statement.starts_with(verb))
    };
    sent.filter(is_about_rows).collect()
}

/// Returns the table that the text names first, and the rest.
fn table_of(text: &str) -> (&str, &str) {
    text.strip_prefix('"').unwrap().split_once('"').unwrap()
}

fn customer_of(table: &str) -> &'static str {
    let known = CUSTOMER.iter().find(|(known, _)| *known == table);
    known.unwrap_or_else(|| panic!("intake has nothing to do with {table}")).1
}

#[tokio::test]
async fn every_statement_of_intake_names_the_customers() {
    let database = database().await;
    database.bind("acme", "cus_a").await;
    let name = Cluster::database_of(&database.url);
    for setting in ["log_statement = 'all'", "log_min_messages = 'log'"] {
        cluster().execute(name, &format!("ALTER DATABASE {name} SET {setting}"));
    }
    let store = Store::connect(&database.url).await.unwrap();
    let before = cluster().log();
    // The second instance has to load what the first wrote, because it remembers nothing of it.
    let first = [
        change("evt_1", "cus_a", 10, None, Status::Active),
        failed("evt_2", "cus_a", 20, 1),
    ];
    drop(store.post(&first, NOW).await.unwrap());
    let another = Store::connect(&database.url).await.unwrap();
    drop(
        another
            .post(&[failed("evt_3", "cus_a", 30, 2), failed("evt_4", "cus_b", 40, 1)], NOW)
            .await
            .unwrap(),
    );
    // The missing event arrives, so Stripe need not be asked.
    drop(
        store
            .post(&[change("evt_5", "cus_b", 35, None, Status::Active)], NOW)
            .await
            .unwrap(),
    );

    let (mut written, mut deleted, mut read) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for statement in statements(&before) {
        for insert in statement.split("INSERT INTO ").skip(1) {
            let (table, rest) = table_of(insert);
            let columns = rest.split(')').next().unwrap();
            let customer = customer_of(table);
            assert!(columns.contains(&format!("\"{customer}\"")), "{statement}");
            written.insert(table.to_owned());
        }
        for delete in statement.split("DELETE FROM ").skip(1) {
            let (table, rest) = table_of(delete);
            let by_customer = format!("\"{table}\".\"{0}\" = \"row\".\"{0}\"", customer_of(table));
            assert!(rest.contains(&by_customer), "{statement}");
            deleted.insert(table.to_owned());
        }
        if statement.starts_with("SELECT") {
            let (table, rest) = table_of(statement.split(" FROM ").nth(1).unwrap());
            let by_customer = format!("WHERE \"{table}\".\"{}\" = ANY(", customer_of(table));
            assert!(rest.contains(&by_customer), "{statement}");
            read.insert(table.to_owned());
        } else {
            assert!(statement.contains("INSERT INTO "), "{statement}");
        }
    }
    for table in [
        "stripe_event",
        "event_payload",
        "customer",
        "subscription_fact",
        "subscription",
        "invoice",
        "tenant",
        "timeline",
        "outbox",
        "read_task",
    ] {
        assert!(written.contains(table), "nothing was written to {table}: {written:?}");
    }
    assert!(deleted.contains("read_task"), "no read was taken back: {deleted:?}");
    for table in ["customer", "subscription_fact", "invoice", "payment_method", "tenant"] {
        assert!(read.contains(table), "nothing was read of {table}: {read:?}");
    }
}
