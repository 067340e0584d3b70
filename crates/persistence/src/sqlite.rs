//! SQLite: one file, one writer at a time.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::SqlxSqliteConnector;
use sqlx::pool::CloseEvent;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::StoreError;
use crate::connections::Connections;
use crate::database_files::{DatabaseFiles, folder_of};
use crate::soundness::Soundness;

/// The settings that durability and integrity rest on. They are asserted on every connection of the pool before its
/// first use.
const PRAGMAS: [(&str, &str, &str); 4] = [
    ("PRAGMA journal_mode", "journal_mode", "wal"),
    ("PRAGMA synchronous", "synchronous", "2"), // FULL: a commit is on the disk before it returns
    ("PRAGMA foreign_keys", "foreign_keys", "1"),
    ("PRAGMA busy_timeout", "busy_timeout", "4000"), // milliseconds
];

/// The writer's page cache, in kibibytes, which SQLite wants as a negative number.
const WRITERS_CACHE_SIZE: &str = "-8192";
/// The page cache of each reader. It is small because the system caches the same pages.
const READERS_CACHE_SIZE: &str = "-512";
/// The interval of checkpoints while there is something to copy, and of checks whether there is. The write-ahead log is
/// copied into the database beside the writer, which would otherwise stop for it.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(100);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The length of the log, in pages, at which the writer itself copies it because the checkpoints fall behind: 64 MiB.
const WAL_AUTOCHECKPOINT: &str = "16000";

/// The prepared statements that a connection keeps. Each takes some kilobytes.
const STATEMENTS: usize = 320;
/// The rows that a connection's thread hands over before it waits for their reader. It is more than a batch needs.
const ROWS_AT_ONCE: usize = 512;

/// The number of writing connections. SQLite takes one writer at a time, and a connection keeps its pages in memory
/// only while nobody else writes.
const WRITERS: u32 = 1;
/// The number of reading connections.
const READERS: u32 = 4;
/// The longest wait of a unit of work for the connection that another one uses.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest wait for another process that writes. It is shorter, so that the unit of work that waits for the process
/// names it in the log before those behind it give up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(4);

/// Returns the file of the SQLite database at `url`, or `None` if it is on a server or in memory.
pub fn database_file(url: &str) -> Option<PathBuf> {
    let is_in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let is_in_file = url.starts_with("sqlite:") && !is_in_memory;
    let options = SqliteConnectOptions::from_str(url).ok().filter(|_| is_in_file)?;
    Some(options.get_filename().to_owned())
}

/// Opens the file that the URL names, for writing and for reading.
pub(crate) async fn open(url: &str, create_if_missing: bool) -> Result<(Connections, Soundness), StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(StoreError::Connect)?;
    open_as(options.create_if_missing(create_if_missing)).await
}

/// Opens a file that must exist.
pub(crate) async fn open_file(file: &Path) -> Result<(Connections, Soundness), StoreError> {
    open_as(SqliteConnectOptions::new().filename(file)).await
}

async fn open_as(options: SqliteConnectOptions) -> Result<(Connections, Soundness), StoreError> {
    let options = options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("wal_autocheckpoint", WAL_AUTOCHECKPOINT)
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS_AT_ONCE)
        .disable_statement_logging();
    let file = options.get_filename().to_owned();
    connect(&file, options).await
}

async fn connect(file: &Path, options: SqliteConnectOptions) -> Result<(Connections, Soundness), StoreError> {
    let cannot_open = |source| cannot_open(file, source);
    // The pool would retry silently, but a problem with the database must be reported at once.
    let mut first = SqliteConnection::connect_with(&options).await.map_err(cannot_open)?;
    assert_pragmas(&mut first, file).await?;
    first.close().await.map_err(cannot_open)?;
    let to_write = options.clone().pragma("cache_size", WRITERS_CACHE_SIZE);
    let to_read = options.pragma("cache_size", READERS_CACHE_SIZE);
    let mut copying = SqliteConnection::connect_with(&to_read).await.map_err(cannot_open)?;
    assert_pragmas(&mut copying, file).await?;
    let soundness = Soundness::default();
    let writing = pool_of(WRITERS, to_write, soundness.clone()).await?;
    let copying = tokio::spawn(checkpoint_until(writing.close_event(), copying));
    let reading = pool_of(READERS, to_read, Soundness::default()).await?;
    let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool;
    let soundness = soundness.with_files(DatabaseFiles::of(file));
    let connections = Connections::to_sqlite(connection(writing), connection(reading), copying);
    Ok((connections, soundness))
}

/// Writes the log into the database, which then has none until somebody opens it again. Nobody else may have it open.
pub(crate) async fn end_log(file: &Path) -> Result<(), StoreError> {
    let mut connection = alone(file).await.map_err(StoreError::Connect)?;
    let ended = sqlx::query("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await;
    connection.close().await.map_err(StoreError::Connect)?;
    ended.map(drop).map_err(StoreError::Connect)
}

/// Opens one connection without the pools' settings.
pub(crate) async fn alone(file: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(ACQUIRE_TIMEOUT);
    SqliteConnection::connect_with(&options.disable_statement_logging()).await
}

/// Names the file, or its folder if that is read-only.
fn cannot_open(file: &Path, source: sqlx::Error) -> StoreError {
    let shown = file.display().to_string();
    if file.exists() && is_read_only(folder_of(file)) {
        return StoreError::ReadOnlyFolder { file: shown };
    }
    StoreError::Open { file: shown, source }
}

fn is_read_only(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_err()
}

/// Copies the log into the database, again and again, until the writer closes. The rest stays in the log, where it is
/// as safe.
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

/// Copies the log. Returns its pages and the number of those that are copied now, or `None` if that failed, which is
/// retried.
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

async fn pool_of(connections: u32, options: SqliteConnectOptions, soundness: Soundness) -> Result<SqlitePool, StoreError> {
    let file: Arc<Path> = options.get_filename().into();
    let asserted = Arc::clone(&file);
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| {
            let file = Arc::clone(&asserted);
            Box::pin(async move {
                assert_pragmas(connection, &file)
                    .await
                    .map_err(|error| sqlx::Error::Configuration(Box::new(error)))
            })
        })
        .test_before_acquire(false)
        .before_acquire(move |connection, _| {
            let is_trusted = !soundness.is_connection_spent() && !connection.is_in_transaction();
            Box::pin(std::future::ready(Ok(is_trusted)))
        })
        .after_release(|connection, _| Box::pin(has_ended_its_transaction(connection)))
        .connect_with(options)
        .await
        .map_err(|error| cannot_open(&file, error))?;
    // The pool opens connections on demand, but a problem with one must show at the start, not under load.
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(pool.acquire().await.map_err(|error| cannot_open(&file, error))?);
    }
    drop(opened);
    Ok(pool)
}

/// Returns true if the connection may be used again. Otherwise the pool closes it.
///
/// If SQLite has rolled back by itself, sqlx's own rollback fails and it counts the transaction as open for good. A
/// transaction begun on such a connection is a savepoint, and nothing of it is ever committed.
async fn has_ended_its_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // A rollback may still wait for its turn.
    connection.ping().await?;
    let has_ended = !connection.is_in_transaction();
    if !has_ended {
        tracing::warn!("a connection whose transaction could not be ended is closed");
    }
    Ok(has_ended)
}

async fn assert_pragmas(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    let cannot_open = |source| cannot_open(file, source);
    for (query, pragma, wanted) in PRAGMAS {
        let row = sqlx::query(query).fetch_one(&mut *connection).await.map_err(cannot_open)?;
        let got = match row.try_get_unchecked::<i64, _>(0) {
            Ok(number) if pragma != "journal_mode" => number.to_string(),
            _ => row.try_get_unchecked::<String, _>(0).map_err(cannot_open)?,
        };
        if got != wanted {
            return Err(StoreError::Pragma { pragma, wanted, got });
        }
    }
    Ok(())
}
