//! `dunlin backup` and `dunlin restore`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Mutex;
use std::time::Duration;

use crate::support::{App, command, deliver_to, event_body, signature, stream};
use simulator::Trigger;

fn run(folder: &Path, arguments: &[&str], database_url: &str) -> Output {
    let mut dunlin = command(folder);
    dunlin
        .args(arguments)
        .env("DUNLIN_DATABASE_URL", database_url)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs a command that must succeed, and returns its output.
fn done(folder: &Path, arguments: &[&str], database_url: &str) -> String {
    let output = run(folder, arguments, database_url);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs a command that must be refused with this reason.
fn refused(folder: &Path, arguments: &[&str], database_url: &str, why: &str) {
    let output = run(folder, arguments, database_url);
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains(why), "{arguments:?}: {said}");
}

/// Returns the database's file.
fn database(app: &App) -> PathBuf {
    PathBuf::from(app.database_url().trim_start_matches("sqlite://"))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_made_under_load_has_all_that_was_acknowledged_before_it() {
    let mut app = App::spawn();
    let folder = tempfile::tempdir().unwrap();
    let (acknowledged, address) = (Mutex::new(Vec::new()), app.address);
    let before = std::thread::scope(|scope| {
        for worker in 0..6 {
            let acknowledged = &acknowledged;
            scope.spawn(move || stream(address, &format!("w{worker}"), acknowledged));
        }
        let came = || acknowledged.lock().unwrap().len();
        app.wait_for(Duration::from_mins(1), || (came() >= 200).then_some(()));
        let before = acknowledged.lock().unwrap().clone();
        let said = done(folder.path(), &["backup", "a.db"], app.database_url());
        assert!(said.contains(" customers, ") && said.contains(": 0 differences\n"), "{said}");
        let after = came();
        assert!(after > before.len(), "deliveries went on: {} of {after}", before.len());
        app.kill();
        before
    });
    let backup = folder.path().join("a.db");
    assert_eq!(names(folder.path()), ["a.db"]);
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    let target = database(&app);
    let restore = ["restore", "a.db"];
    refused(folder.path(), &restore, app.database_url(), "--force replaces it");
    let said = done(folder.path(), &["restore", "a.db", "--force"], app.database_url());
    assert!(
        said.contains(": 0 differences\n") && said.contains("dunlin reconcile"),
        "{said}"
    );
    assert_eq!(names(target.parent().unwrap()), ["acceptance.db"]);
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    app.restart();
    for id in &before {
        assert_eq!(
            app.get(&format!("/api/v1/events/{id}")).status,
            200,
            "{id} is not in the backup"
        );
    }
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
    // The copy is a working database, to which the events that the backup lacks are delivered again.
    let body = event_body(&Trigger::new("invoice.payment_failed"));
    assert_eq!(deliver_to(app.address, &signature(&body), &body).unwrap().status, 200);
    assert!(backup.exists(), "the backup is as it was");
}

#[test]
fn a_backup_refuses_what_it_cannot_do_and_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::spawn();
    app.trigger("customer.subscription.created");
    let url = app.database_url();
    fs::write(folder.path().join("there.db"), "precious").unwrap();
    fs::write(
        folder.path().join("text.db"),
        "this is no database, and longer than its header ".repeat(9),
    )
    .unwrap();
    refused(folder.path(), &["backup", "there.db"], url, "is there already");
    refused(folder.path(), &["backup", "nowhere/a.db"], url, "nowhere");
    refused(
        folder.path(),
        &["backup", "a.db"],
        "sqlite://missing.db",
        "there is nothing to back up",
    );
    refused(
        folder.path(),
        &["backup", "a.db"],
        "sqlite://text.db",
        "file is not a database",
    );
    refused(
        folder.path(),
        &["backup", "a.db"],
        "postgres://localhost/dunlin",
        "pg_dump --format=custom",
    );
    assert_eq!(fs::read_to_string(folder.path().join("there.db")).unwrap(), "precious");
    assert_eq!(names(folder.path()), ["text.db", "there.db"]);
}

#[test]
fn a_restore_refuses_what_it_cannot_do_and_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = App::spawn();
    app.bind("acme", "cus_demo");
    let created = app.trigger("customer.subscription.created");
    let url = app.database_url().to_owned();
    done(folder.path(), &["backup", "a.db"], &url);
    refused(folder.path(), &["restore", "a.db", "--force"], &url, "is in use");
    assert_eq!(
        app.trigger("invoice.payment_failed").status,
        200,
        "the server was not disturbed"
    );
    app.kill();
    let here = |name: &str| folder.path().join(name);
    fs::write(here("text.db"), "this is no database, and longer than its header ".repeat(9)).unwrap();
    let whole = fs::read(here("a.db")).unwrap();
    fs::write(here("cut.db"), &whole[..whole.len() / 2]).unwrap();
    fs::write(here("live.db"), &whole).unwrap();
    fs::write(here("live.db-wal"), "the end of it").unwrap();
    let database = database(&app).display().to_string();
    for (file, why) in [
        ("missing.db", "No such file"),
        ("text.db", "no backup of a Dunlin database"),
        ("cut.db", "no backup of a Dunlin database"),
        ("live.db", "no finished copy"),
        (database.as_str(), "is the database itself"),
    ] {
        refused(folder.path(), &["restore", file, "--force"], &url, why);
    }
    refused(
        folder.path(),
        &["restore", "a.db"],
        &url,
        "has 2 events and 1 tenants; --force replaces it",
    );
    refused(
        folder.path(),
        &["restore", "a.db"],
        "postgres://localhost/dunlin",
        "pg_restore --no-owner",
    );
    app.restart();
    assert_eq!(app.count_events(), 2, "nothing was restored, and nothing lost");
    let id = created.body["event_id"].as_str().unwrap();
    assert_eq!(app.get(&format!("/api/v1/events/{id}")).status, 200);
}

#[test]
fn a_backup_is_restored_where_nothing_is_and_over_what_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = App::spawn();
    app.trigger("customer.subscription.created");
    done(folder.path(), &["backup", "a.db"], app.database_url());
    app.trigger("invoice.payment_failed");
    app.kill();
    done(folder.path(), &["restore", "a.db"], "sqlite://new.db");
    let audited = done(folder.path(), &["audit"], "sqlite://new.db");
    assert_eq!(audited, "1 customer, 1 event: 0 differences\n");
    // A log that another database left would be read into the restored one.
    let log = database(&app).with_extension("db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0, "who is killed leaves a log");
    fs::copy(log, folder.path().join("lone.db-wal")).unwrap();
    refused(
        folder.path(),
        &["restore", "a.db"],
        "sqlite://lone.db",
        "left of another database",
    );
    for broken in ["lone.db", "text.db"] {
        let url = format!("sqlite://{broken}");
        fs::write(
            folder.path().join("text.db"),
            "this is no database, and longer than its header ".repeat(9),
        )
        .unwrap();
        done(folder.path(), &["restore", "a.db", "--force"], &url);
        assert_eq!(done(folder.path(), &["audit"], &url), "1 customer, 1 event: 0 differences\n");
    }
    // The database of another program does not count as an empty place.
    let other = "sqlite://other.db";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(make_other(&folder.path().join("other.db")));
    refused(folder.path(), &["restore", "a.db"], other, "no such table: stripe_event");
    refused(
        folder.path(),
        &["restore", "other.db"],
        "sqlite://fresh.db",
        "no backup of a Dunlin database",
    );
    assert!(!folder.path().join("fresh.db").exists());
}

async fn make_other(file: &Path) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let made = sqlx::raw_sql("CREATE TABLE recipe (name TEXT)")
        .execute(&mut connection)
        .await;
    made.unwrap();
    connection.close().await.unwrap();
}

#[test]
fn a_server_that_stopped_in_order_leaves_its_database_in_one_file() {
    let mut app = App::spawn();
    for _ in 0..3 {
        app.trigger("invoice.payment_failed");
    }
    assert!(app.terminate());
    assert_eq!(names(database(&app).parent().unwrap()), ["acceptance.db"]);
}
