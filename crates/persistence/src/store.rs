//! The database, opened and checked.

use std::str::FromStr;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, SqlxSqliteConnector, TransactionOptions, TransactionTrait,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use subscription::Policy;

use crate::StoreError;
use crate::error::at;

/// Where everything is kept. Cheap to clone; clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) db: DatabaseConnection,
    pub(crate) terms: Terms,
}

/// By what notices come to be owed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// When access ends by time, and with it a notice falls due.
    pub policy: Policy,
    /// How long a notice is held before it is due, so that what overtakes it can take its reason away.
    pub hold_secs: i64,
}

/// What durability and integrity rest on. Asserted on every connection of the pool before it is used.
const PRAGMAS: [(&str, &str, &str); 4] = [
    ("PRAGMA journal_mode", "journal_mode", "wal"),
    ("PRAGMA synchronous", "synchronous", "2"), // FULL: a commit is on the disk before it returns
    ("PRAGMA foreign_keys", "foreign_keys", "1"),
    ("PRAGMA busy_timeout", "busy_timeout", "5000"), // milliseconds
];

/// Connections: one writes, the others read.
const MAX_CONNECTIONS: u32 = 5;

impl Store {
    /// Opens the database at `url`, `sqlite://FILE` (made if it is not there).
    ///
    /// # Errors
    /// [`StoreError::UnsupportedUrl`], [`StoreError::Connect`], or [`StoreError::Pragma`] where the file system cannot give
    /// what a durable commit needs.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::open(url, true).await
    }

    /// The same of a database that must be there.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_existing(url: &str) -> Result<Self, StoreError> {
        Self::open(url, false).await
    }

    async fn open(url: &str, create_if_missing: bool) -> Result<Self, StoreError> {
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        if scheme != "sqlite" {
            return Err(StoreError::UnsupportedUrl {
                url_scheme: scheme.to_owned(),
            });
        }
        let options = SqliteConnectOptions::from_str(url)
            .map_err(StoreError::Connect)?
            .create_if_missing(create_if_missing)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
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
        Ok(Self {
            db: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool),
            terms: Terms::default(),
        })
    }

    /// The same database, with notices owed by these terms.
    #[must_use]
    pub fn with_terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        Migrator::up(&self.db, None).await.map_err(at("bring the schema up to date"))
    }

    /// Takes the newest `steps` migrations back.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        Migrator::down(&self.db, Some(steps))
            .await
            .map_err(at("take the schema back"))
    }

    /// The names of the migrations that are yet to be applied.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.db)
            .await
            .map_err(at("list its migrations"))?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Database`] if it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db.ping().await.map_err(at("answer"))
    }

    /// Closes all connections, once what is under way is finished.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn close(self) -> Result<(), StoreError> {
        self.db.close().await.map_err(at("close"))
    }

    /// Begins a unit of work that will write: on SQLite it waits for its turn here, not in its middle.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.db.begin_with_options(options).await.map_err(at("begin a transaction"))
    }
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
