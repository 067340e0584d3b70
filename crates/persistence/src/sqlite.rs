//! SQLite: one file, one writer at a time.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxSqliteConnector};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::StoreError;

/// What durability and integrity rest on. Asserted on every connection of the pool before it is used.
const PRAGMAS: [(&str, &str, &str); 4] = [
    ("PRAGMA journal_mode", "journal_mode", "wal"),
    ("PRAGMA synchronous", "synchronous", "2"), // FULL: a commit is on the disk before it returns
    ("PRAGMA foreign_keys", "foreign_keys", "1"),
    ("PRAGMA busy_timeout", "busy_timeout", "5000"), // milliseconds
];

/// Of each connection, in kibibytes, as SQLite wants it: negative. The upper pages of every index fit.
const CACHE_SIZE: &str = "-8192";
/// The write-ahead log is copied into the database when it has so many pages, which is 32 MiB: a page that one batch after
/// the other writes is copied once.
const WAL_AUTOCHECKPOINT: &str = "8000";

/// Connections: one writes, the others read.
const MAX_CONNECTIONS: u32 = 5;

/// Opens the file that the URL names.
pub(crate) async fn open(url: &str, create_if_missing: bool) -> Result<DatabaseConnection, StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(StoreError::Connect)?
        .create_if_missing(create_if_missing)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", CACHE_SIZE)
        .pragma("wal_autocheckpoint", WAL_AUTOCHECKPOINT)
        .statement_cache_capacity(512)
        .disable_statement_logging();
    // The pool would try again and again; what is wrong with the database must be told at once.
    let mut first = SqliteConnection::connect_with(&options).await.map_err(StoreError::Connect)?;
    assert_pragmas(&mut first).await?;
    first.close().await.map_err(StoreError::Connect)?;
    let pool = SqlitePoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .min_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move {
                assert_pragmas(connection)
                    .await
                    .map_err(|error| sqlx::Error::Configuration(Box::new(error)))
            })
        })
        .connect_with(options)
        .await
        .map_err(StoreError::Connect)?;
    open_every_connection(&pool).await?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// The pool opens connections as they are needed; what is wrong with one must show at start, not under load.
async fn open_every_connection(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut opened = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        opened.push(pool.acquire().await.map_err(StoreError::Connect)?);
    }
    Ok(())
}

async fn assert_pragmas(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for (query, pragma, wanted) in PRAGMAS {
        let row = sqlx::query(query)
            .fetch_one(&mut *connection)
            .await
            .map_err(StoreError::Connect)?;
        let got = match row.try_get_unchecked::<i64, _>(0) {
            Ok(number) if pragma != "journal_mode" => number.to_string(),
            _ => row.try_get_unchecked::<String, _>(0).map_err(StoreError::Connect)?,
        };
        if got != wanted {
            return Err(StoreError::Pragma { pragma, wanted, got });
        }
    }
    Ok(())
}
