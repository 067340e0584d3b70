//! The log of a server about its failures.

use std::time::Duration;

use serde_json::Value;
use simulator::Trigger;

use crate::support::{App, Database, event_body};

/// Parses the lines of a log, whose line ends are not kept.
fn lines(log: &str) -> Vec<Value> {
    let lines = serde_json::Deserializer::from_str(log).into_iter();
    lines.map(Result::unwrap).collect()
}

#[test]
fn a_failure_of_the_database_is_logged_in_its_own_words() {
    let app = App::spawn();
    let lock = app.hold_write_lock();
    assert_eq!(app.deliver(&event_body(&Trigger::new("invoice.payment_failed"))).status, 503);
    drop(lock);
    let words = match crate::DATABASE {
        Database::Sqlite => "database is locked",
        Database::Postgres => "canceling statement due to lock timeout",
    };
    // Another unit of work may hold the only writing connection of SQLite and wait for the same lock. Then its line
    // names the cause, and the delivery's line says that it waited for the connection.
    let says = |line: &Value| line["error.sources"].to_string().contains(words);
    let told = app.wait_for(Duration::from_secs(10), || {
        let lines = lines(&app.log());
        let is_told = lines.iter().any(|line| line["message"] == "a delivery could not be stored");
        is_told.then_some(lines)
    });
    assert!(told.iter().any(says), "{told:?}");
}
