#!/usr/bin/env bash
# sqlx-sqlite 0.9.0 and sea-orm 2.0.4: a commit that says Ok and that nobody else ever sees.
#
# Where SQLite ends a transaction by itself (here by the plain SQL `INSERT OR ROLLBACK`; a full disk does the same), sqlx's own ROLLBACK
# finds none, fails, and its count of open transactions stays 1. sea-orm's next `begin` on that connection is then a savepoint inside
# a transaction that nobody commits. Its `commit` answers Ok.
#
# It matters to us because a webhook is acknowledged after that Ok. Our guard: a connection that is handed back while it counts as
# inside a transaction is closed (crates/persistence/src/sqlite.rs, docs/adr/0018).
#
# Seen: "commit Ok; seen by its own connection 1, by another 0".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
sea-orm = { version = "=2.0.4", default-features = false, features = ["sqlx-sqlite", "runtime-tokio-rustls"] }
sqlx-sqlite = "=0.9.0"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
TOML
cat >src/main.rs <<'RUST'
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement, TransactionTrait};

async fn connect() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite://finding.db?mode=rwc");
    options.max_connections(1);
    Database::connect(options).await.unwrap()
}

async fn count(connection: &impl ConnectionTrait) -> i32 {
    let asked = Statement::from_string(connection.get_database_backend(), "SELECT count(*) FROM t WHERE id = 2");
    connection.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::main]
async fn main() {
    let (one, other) = (connect().await, connect().await);
    one.execute_unprepared("PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)").await.unwrap();
    let tx = one.begin().await.unwrap();
    assert!(tx.execute_unprepared("INSERT OR ROLLBACK INTO t VALUES (1)").await.is_err(), "1 is there");
    drop(tx);
    one.begin().await.unwrap().rollback().await.unwrap();
    let tx = one.begin().await.unwrap();
    tx.execute_unprepared("INSERT INTO t VALUES (2)").await.unwrap();
    let committed = if tx.commit().await.is_ok() { "Ok" } else { "an error" };
    println!("commit {committed}; seen by its own connection {}, by another {}", count(&one).await, count(&other).await);
}
RUST
seen=$(cargo run --quiet)
echo "$seen"
[ "$seen" = "commit Ok; seen by its own connection 1, by another 0" ]
