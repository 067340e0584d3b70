//! PostgreSQL: one database, many instances of us.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::StoreError;

/// How PostgreSQL is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// The most connections that this process opens.
    pub max_connections: u32,
    /// How long a statement of a unit of work may take, in seconds; 0: any time.
    pub statement_timeout_secs: u32,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            max_connections: 10,
            statement_timeout_secs: 30,
        }
    }
}

/// What we are called in `pg_stat_activity`, unless the URL says otherwise.
const APPLICATION_NAME: &str = "dunlin";
/// How long a connection may take to be had. A delivery that waits longer is better delivered again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a unit of work waits for another's locks, in seconds.
const LOCK_TIMEOUT_SECS: u32 = 5;
/// Prepared statements kept per connection.
const STATEMENT_CACHE_CAPACITY: usize = 512;

/// Opens the database that the URL names. `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `application_name` and
/// `statement-cache-capacity` in the URL are heeded.
pub(crate) async fn open(url: &str, terms: PostgresOptions) -> Result<DatabaseConnection, StoreError> {
    let mut options = PgConnectOptions::from_str(url).map_err(StoreError::Connect)?;
    if options.get_application_name().is_none() {
        options = options.application_name(APPLICATION_NAME);
    }
    if !url.contains("statement-cache-capacity=") {
        options = options.statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
    }
    let options = options.disable_statement_logging();
    // The pool would try again and again; what is wrong with the database must be told at once.
    let first = PgConnection::connect_with(&options);
    let first = tokio::time::timeout(ACQUIRE_TIMEOUT, first)
        .await
        .map_err(|_elapsed| StoreError::Unreachable {
            secs: ACQUIRE_TIMEOUT.as_secs(),
        })?;
    let first = first.map_err(StoreError::Connect)?;
    first.close().await.map_err(StoreError::Connect)?;
    let pool = PgPoolOptions::new()
        .max_connections(terms.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(StoreError::Connect)?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Bounds a unit of work from its first statement on. Of the transaction and not of the session, so that it also holds where
/// a pool of pgbouncer's lends its sessions to a transaction at a time.
pub(crate) fn bounds(statement_timeout_secs: u32) -> String {
    format!("SET LOCAL statement_timeout = '{statement_timeout_secs}s'; SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECS}s'")
}
