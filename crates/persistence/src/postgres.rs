//! PostgreSQL: one database, many instances of us.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

use crate::StoreError;
use crate::connections::{Connections, Server};

/// How PostgreSQL is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// The most connections that this process opens.
    pub max_connections: u32,
    /// How long a statement may take, in seconds; 0: any time. Two seconds later its answer is no longer waited for, and all
    /// connections are replaced.
    pub statement_timeout_secs: u32,
    /// What stands between us and it.
    pub pooler: Pooler,
}

/// What a connection of ours is at the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooler {
    /// One session, from its beginning to its end: nobody stands between, or one who keeps up that appearance.
    #[default]
    None,
    /// Any of several sessions, for a transaction at a time, in which others' prepared statements may lie about.
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

/// What we are called in `pg_stat_activity`, unless the URL says otherwise.
const APPLICATION_NAME: &str = "dunlin";
/// How long a connection may take to be had. A delivery that waits longer is better delivered again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a unit of work waits for another's locks, in seconds.
const LOCK_TIMEOUT_SECS: u32 = 5;
/// How long a session whose client has gone silent in a unit of work keeps its locks, in seconds: a failover or a router may drop
/// a connection and tell nobody.
const IDLE_IN_TRANSACTION_SECS: u32 = 30;
/// How long after the server should have ended a statement its answer is waited for.
const ANSWER_GRACE: Duration = Duration::from_secs(2);
/// Has the server end the sessions of a client that is gone and could not say so: a minute after the last sign of life.
const NOTICE_LOST_CLIENTS: &str = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; \
     SET tcp_user_timeout = 60000";
/// Prepared statements kept per connection.
const STATEMENT_CACHE_CAPACITY: usize = 512;

/// Opens the database that the URL names. `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `application_name` and
/// `statement-cache-capacity` in the URL are heeded.
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
    // Nothing we keep is a floating-point number, and poolers refuse a session that wants to set how those are written.
    let options = options.extra_float_digits(None).disable_statement_logging();
    // The pool would try again and again; what is wrong with the database must be told at once.
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
                // Some that speak PostgreSQL's protocol do not know these; they are only of use to the server.
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

/// What the server says is told in its words alone: sqlx adds lines of PostgreSQL's source.
fn not_connected(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(told) => StoreError::Refused {
            reason: told.message().to_owned(),
            sqlstate: told.code().unwrap_or_default().into_owned(),
        },
        other => StoreError::Connect(other),
    }
}

/// Has a transaction that writes nothing wait for the standbys too. What it finds here may be on the primary alone: where a commit
/// was waiting for a synchronous standby as the server was restarted, it is committed all the same, and nobody was told so
/// (<https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA>).
pub(crate) const WAIT_FOR_STANDBYS: &str =
    "SELECT pg_logical_emit_message(true, 'dunlin', '') WHERE current_setting('synchronous_standby_names') <> ''";

/// Bounds a transaction from its first statement on. Of the transaction and not of the session, so that it also holds where
/// a pooler lends its sessions by the transaction. There, what others have left prepared is taken away too: sqlx names
/// statements by counting, so theirs have the names that ours are about to be given.
pub(crate) fn opening(terms: PostgresOptions) -> String {
    let statement_timeout_secs = terms.statement_timeout_secs;
    // A role or a database may have it off: then what was acknowledged is lost in a crash. What is stronger than `on` stays.
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
