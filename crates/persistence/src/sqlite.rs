//! SQLite: one file, one writer at a time.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxSqliteConnector};
use sqlx::pool::CloseEvent;
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

/// In kibibytes, as SQLite wants it: negative.
const WRITERS_CACHE_SIZE: &str = "-8192";
/// Of each that reads: what they read is in the system's cache too.
const READERS_CACHE_SIZE: &str = "-512";
/// The write-ahead log is copied into the database beside the writer, which would else stand still for it: so often while there
/// is something to copy, and so often to see whether there is.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(100);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Where that falls behind, the writer does it: when the log has so many pages, which is 64 MiB.
const WAL_AUTOCHECKPOINT: &str = "16000";

/// One connection writes: SQLite takes one writer at a time, and it keeps its pages in memory only while nobody else writes.
const WRITERS: u32 = 1;
/// The others read.
const READERS: u32 = 4;
/// How long to wait for one's turn: as long as for another process.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the file that the URL names: to write, and to read.
pub(crate) async fn open(url: &str, create_if_missing: bool) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(StoreError::Connect)?
        .create_if_missing(create_if_missing)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("wal_autocheckpoint", WAL_AUTOCHECKPOINT)
        .statement_cache_capacity(512)
        .disable_statement_logging();
    // The pool would try again and again; what is wrong with the database must be told at once.
    let mut first = SqliteConnection::connect_with(&options).await.map_err(StoreError::Connect)?;
    assert_pragmas(&mut first).await?;
    first.close().await.map_err(StoreError::Connect)?;
    let to_write = options.clone().pragma("cache_size", WRITERS_CACHE_SIZE);
    let to_read = options.pragma("cache_size", READERS_CACHE_SIZE);
    let mut copying = SqliteConnection::connect_with(&to_read).await.map_err(StoreError::Connect)?;
    assert_pragmas(&mut copying).await?;
    let writing = pool_of(WRITERS, to_write).await?;
    tokio::spawn(checkpoint_until(writing.close_event(), copying));
    let reading = pool_of(READERS, to_read).await?;
    let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool;
    Ok((connection(writing), connection(reading)))
}

/// Copies the log into the database, again and again, until nobody writes any more. What is not copied stays in the log and is
/// as safe there.
async fn checkpoint_until(mut closing: CloseEvent, mut connection: SqliteConnection) {
    let copying = async {
        let mut before = None;
        loop {
            let copied = checkpoint(&mut connection).await;
            let is_new = copied.is_some() && copied != before;
            before = copied;
            tokio::time::sleep(if is_new { CHECKPOINT_EVERY } else { LOOK_EVERY }).await;
        }
    };
    let Err(_closed) = closing.do_until(copying).await;
    drop(connection.close().await);
}

/// How many pages the log has, and how many of them are copied now; `None` where nothing could be, which is tried again.
async fn checkpoint(connection: &mut SqliteConnection) -> Option<(i64, i64)> {
    let row = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await;
    match row.and_then(|row| Ok((row.try_get_unchecked(1)?, row.try_get_unchecked(2)?))) {
        Ok(pages) => Some(pages),
        Err(error) => {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the log is not copied into the database"
            );
            None
        }
    }
}

async fn pool_of(connections: u32, options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
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
    // The pool opens connections as they are needed; what is wrong with one must show at start, not under load.
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(pool.acquire().await.map_err(StoreError::Connect)?);
    }
    drop(opened);
    Ok(pool)
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
