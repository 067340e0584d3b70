//! Failures to reach the database at a server's start. Each is reported in a sentence, at once or after a wait without
//! success.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use test_support::postgres::{Cluster, GUARDED, cluster};

use crate::support::{Worker, refuses_to_serve};

const AT_ONCE: (&str, &str) = ("DUNLIN_DATABASE_WAIT_SECS", "0");

/// Checks that a server on this database ends soon, with these words, even if `variables` do not tell it not to wait.
fn check(database_url: &str, variables: &[(&str, &str)], wanted: &str) {
    let began = Instant::now();
    let mut all = vec![("DUNLIN_DATABASE_URL", database_url)];
    all.extend(variables);
    let told = refuses_to_serve(&all);
    assert_eq!(told.trim_end(), wanted);
    // Dunlin itself waits for five seconds of these.
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
    check("postgres://dunlin@127.0.0.1:1/dunlin", &[AT_ONCE], refused);
}

#[test]
fn a_server_that_does_not_answer_is_told_of() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://dunlin@{}/dunlin", silent.local_addr().unwrap());
    let unanswered = "error: the database server has not answered for 5 seconds: is it running, and is the address right?";
    check(&url, &[AT_ONCE], unanswered);
}

#[test]
fn a_database_that_is_not_there_is_told_of() {
    let url = cluster().new_database();
    let database = Cluster::database_of(&url);
    let wanted = format!("error: the database server refuses the connection: database \"no_{database}\" does not exist");
    check(
        &url.replace(&format!("/{database}"), &format!("/no_{database}")),
        &[],
        &wanted,
    );
}

#[test]
fn a_wrong_password_is_told_of_and_not_repeated() {
    let url = cluster().new_database();
    cluster().execute("postgres", &format!("CREATE ROLE {GUARDED} LOGIN PASSWORD 'right'"));
    let wanted =
        format!("error: the database server refuses the connection: password authentication failed for user \"{GUARDED}\"");
    for who in [format!("//{GUARDED}:wrong@"), format!("//{GUARDED}@")] {
        check(&url.replace("//dunlin@", &who), &[], &wanted);
    }
}

/// The line that is logged when the wait begins.
const WAITS: &str = "the database cannot be used yet, and is waited for";

/// Returns the URL of a database whose server's socket would be in this folder.
fn url_at(folder: &Path, direct: &str) -> String {
    let (there, here) = (cluster().folder().display().to_string(), folder.display().to_string());
    direct.replace(&format!("host={there}"), &format!("host={here}"))
}

#[test]
fn a_database_that_comes_later_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let direct = cluster().new_database();
    let waiting = Worker::serving(&[("DUNLIN_DATABASE_URL", &url_at(folder.path(), &direct))]);
    let told = waiting.wait_for_log(WAITS);
    assert!(told.contains("No such file or directory"), "the cause is told: {told}");
    assert!(!told.contains("listening"), "{told}");
    symlink(
        cluster().socket(),
        folder.path().join(cluster().socket().file_name().unwrap()),
    )
    .unwrap();
    waiting.wait_for_log("\"listening\"");
}

#[test]
fn who_waits_for_a_database_stops_at_once_when_told_to() {
    let mut waiting = Worker::serving(&[("DUNLIN_DATABASE_URL", "postgres://dunlin@127.0.0.1:1/dunlin")]);
    waiting.wait_for_log(WAITS);
    let began = Instant::now();
    waiting.stop();
    assert!(waiting.has_ended_within(Duration::from_secs(20)));
    assert!(began.elapsed() < Duration::from_secs(3), "after {:?}", began.elapsed());
    assert!(waiting.has_ended_well());
}

#[test]
fn a_database_is_not_waited_for_without_end() {
    let began = Instant::now();
    let wait = ("DUNLIN_DATABASE_WAIT_SECS", "2");
    let told = refuses_to_serve(&[("DUNLIN_DATABASE_URL", "postgres://dunlin@127.0.0.1:1/dunlin"), wait]);
    assert!(began.elapsed() >= Duration::from_secs(1), "it was waited for");
    assert!(began.elapsed() < Duration::from_secs(20), "after {:?}", began.elapsed());
    assert_eq!(told.matches(WAITS).count(), 1, "{told}");
    assert!(told.contains("\nerror: cannot open the database\n  because: "), "{told}");
}
