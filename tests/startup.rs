//! What keeps a server from its database is told at its start, at once and in a sentence.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::postgres::{Cluster, GUARDED, cluster};
use crate::support::refuses_to_serve;

/// A server on this database ends, soon, with these words.
fn check(database_url: &str, wanted: &str) {
    let began = Instant::now();
    let told = refuses_to_serve(&[("DUNLIN_DATABASE_URL", database_url)]);
    assert_eq!(told.trim_end(), wanted);
    // Five seconds of these are ours to wait.
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{wanted}: after {:?}",
        began.elapsed()
    );
}

#[test]
fn a_database_that_nobody_serves_is_told_of() {
    let refused =
        "error: cannot open the database\n  because: error communicating with database: Connection refused (os error 111)";
    check("postgres://dunlin@127.0.0.1:1/dunlin", refused);
}

#[test]
fn a_server_that_does_not_answer_is_told_of() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://dunlin@{}/dunlin", silent.local_addr().unwrap());
    let unanswered = "error: the database server has not answered for 5 seconds: is it running, and is the address right?";
    check(&url, unanswered);
}

#[test]
fn a_database_that_is_not_there_is_told_of() {
    let url = cluster().new_database();
    let database = Cluster::database_of(&url);
    let wanted = format!("error: the database server refuses the connection: database \"no_{database}\" does not exist");
    check(&url.replace(&format!("/{database}"), &format!("/no_{database}")), &wanted);
}

#[test]
fn a_wrong_password_is_told_of_and_not_repeated() {
    let url = cluster().new_database();
    cluster().execute("postgres", &format!("CREATE ROLE {GUARDED} LOGIN PASSWORD 'right'"));
    let wanted =
        format!("error: the database server refuses the connection: password authentication failed for user \"{GUARDED}\"");
    for who in [format!("//{GUARDED}:wrong@"), format!("//{GUARDED}@")] {
        check(&url.replace("//dunlin@", &who), &wanted);
    }
}
