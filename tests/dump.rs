//! Backups on PostgreSQL, which its own tools make.

use std::path::Path;
use std::process::Command;

use test_support::postgres::{cluster, programs};

use crate::support::{App, command};

/// Returns what `dunlin` says that it does not do, and the tool that does.
fn told(folder: &Path, arguments: &[&str], url: &str) -> String {
    let mut dunlin = command(folder);
    let output = dunlin.args(arguments).env("DUNLIN_DATABASE_URL", url).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// Runs one of PostgreSQL's tools as `dunlin` names it.
fn run(folder: &Path, named: &str, url: &str) {
    let words: Vec<String> = named
        .trim()
        .split(' ')
        .map(|word| word.replace("DATABASE_URL", url))
        .collect();
    let (tool, arguments) = words.split_first().unwrap();
    let done = Command::new(programs().join(tool))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "{named}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_database_is_dumped_and_restored_as_dunlin_says() {
    let app = App::spawn();
    app.bind("acme", "cus_demo");
    for _ in 0..5 {
        app.trigger("invoice.payment_failed");
    }
    let folder = tempfile::tempdir().unwrap();
    let backup = told(folder.path(), &["backup", "FILE"], app.database_url());
    run(folder.path(), backup.split_once("tools: ").unwrap().1, app.database_url());
    let empty = cluster().new_database();
    let restore = told(folder.path(), &["restore", "FILE"], &empty);
    run(folder.path(), restore.split_once("database: ").unwrap().1, &empty);
    let restored = App::spawn_on_url(&empty);
    assert_eq!(restored.count_events(), 5);
    let (is_right, report) = restored.audit();
    assert!(
        is_right && report.ends_with("1 customer, 5 events: 0 differences\n"),
        "{report}"
    );
}
