//! PostgreSQL: one database, many instances of Dunlin.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

use crate::StoreError;
use crate::connections::{Connections, Server};

/// The settings for PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// The most connections that this process opens.
    pub max_connections: u32,
    /// The longest time for a statement, in seconds. 0 means no limit. Two seconds later Dunlin stops waiting for the
    /// answer, and replaces all connections.
    pub statement_timeout_secs: u32,
    /// The pooler between Dunlin and the database.
    pub pooler: Pooler,
}

/// The meaning of a connection at the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooler {
    /// One session, from its beginning to its end. There is no pooler, or one that keeps up that appearance.
    #[default]
    None,
    /// Any of several sessions, for one transaction at a time. Other clients' prepared statements may be left in them.
    Transaction,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            max_connections: 10,
            statement_timeout_secs: 10,
            pooler: Pooler::None,
        }
    }
}

/// Dunlin's name in `pg_stat_activity`, unless the URL gives another.
const APPLICATION_NAME: &str = "dunlin";
/// The longest wait for a connection. A delivery that waits longer is better delivered again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest wait of a unit of work for another's locks, in seconds.
const LOCK_TIMEOUT_SECS: u32 = 5;
/// The time, in seconds, for which a session keeps its locks when its client falls silent in a unit of work. A failover
/// or a router may drop a connection and tell nobody.
const IDLE_IN_TRANSACTION_SECS: u32 = 30;
/// The wait for a statement's answer after the time when the server should have ended the statement.
const ANSWER_GRACE: Duration = Duration::from_secs(2);
/// Makes the server end the sessions of a client that is gone and could not say so, a minute after its last sign of
/// life.
const NOTICE_LOST_CLIENTS: &str = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; \
     SET tcp_user_timeout = 60000";
/// The number of prepared statements kept per connection.
const STATEMENT_CACHE_CAPACITY: usize = 512;

/// Opens the database that the URL names. The URL may set `sslmode`, `sslrootcert`, `sslcert`, `sslkey`,
/// `application_name` and `statement-cache-capacity`.
pub(crate) async fn open(url: &str, terms: PostgresOptions) -> Result<Connections, StoreError> {
    let mut options = PgConnectOptions::from_str(url).map_err(StoreError::Connect)?;
    if options.get_application_name().is_none() {
        options = options.application_name(APPLICATION_NAME);
    }
    if terms.pooler == Pooler::Transaction {
        options = options.statement_cache_capacity(0);
    } else if !url.contains("statement-cache-capacity=") {
        options = options.statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
    }
    // Dunlin stores no floating-point numbers, and poolers refuse a session that sets their output format.
    let options = options.extra_float_digits(None).disable_statement_logging();
    // The pool would retry silently, but a problem with the database must be reported at once.
    let first = PgConnection::connect_with(&options);
    let first = tokio::time::timeout(ACQUIRE_TIMEOUT, first)
        .await
        .map_err(|_elapsed| StoreError::Unreachable {
            secs: ACQUIRE_TIMEOUT.as_secs(),
        })?;
    let first = first.map_err(not_connected)?;
    first.close().await.map_err(StoreError::Connect)?;
    let mut pooling = PgPoolOptions::new()
        .max_connections(terms.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT);
    if terms.pooler == Pooler::None {
        pooling = pooling.after_connect(|session, _| {
            Box::pin(async move {
                // Some servers of PostgreSQL's protocol do not know these settings, which only help the server itself.
                match session.execute(NOTICE_LOST_CLIENTS).await {
                    Ok(_) | Err(sqlx::Error::Database(_)) => Ok(()),
                    Err(error) => Err(error),
                }
            })
        });
    }
    let statement_timeout = Some(terms.statement_timeout_secs).filter(|&secs| secs > 0);
    Ok(Connections::to_postgres(Server {
        connecting: options,
        pooling,
        deadline: statement_timeout.map(|secs| Duration::from_secs(secs.into()) + ANSWER_GRACE),
    }))
}

/// Reports the server's own words alone, because sqlx adds lines of PostgreSQL's source.
fn not_connected(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(told) => StoreError::Refused {
            reason: told.message().to_owned(),
            sqlstate: told.code().unwrap_or_default().into_owned(),
        },
        other => StoreError::Connect(other),
    }
}

/// Makes a transaction that writes nothing wait for the standbys too. The rows that it finds may be on the primary
/// alone: a commit that waits for a synchronous standby while the server restarts is committed all the same, and no
/// client is told (<https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA>).
pub(crate) const WAIT_FOR_STANDBYS: &str =
    "SELECT pg_logical_emit_message(true, 'dunlin', '') WHERE current_setting('synchronous_standby_names') <> ''";

/// Returns the statements that bound a transaction, from its first statement on. They bind the transaction and not the
/// session, so that they also hold if a pooler lends its sessions by the transaction. In that case they also drop the
/// prepared statements of others: sqlx numbers its statements, so those have the names that Dunlin's are about to get.
pub(crate) fn opening(terms: PostgresOptions) -> String {
    let statement_timeout_secs = terms.statement_timeout_secs;
    // A role or a database may turn it off, and then acknowledged data is lost in a crash. A stronger setting than `on`
    // stays.
    let durable = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";
    let bounds = format!(
        "SET LOCAL statement_timeout = '{statement_timeout_secs}s'; SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECS}s'; \
         SET LOCAL idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_SECS}s'; \
         SET LOCAL enable_seqscan = off; {durable}"
    );
    match terms.pooler {
        Pooler::None => bounds,
        Pooler::Transaction => format!("DEALLOCATE ALL; {bounds}"),
    }
}
