//! The log of a server about its failures.

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
    let told = app.wait_for(std::time::Duration::from_secs(10), || {
        let mut lines = lines(&app.log()).into_iter();
        lines.find(|line| line["message"] == "a delivery could not be stored")
    });
    let sources = told["error.sources"].as_array().unwrap();
    let says = |cause: &Value| cause.as_str().unwrap().contains(words);
    assert!(sources.iter().any(says), "{told}");
}
