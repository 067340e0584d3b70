//! Connections to the database, none of which is waited for without end.
//!
//! A failover or a router can leave a connection that is open and never answers again. sqlx waits for it, and so does
//! its pool, which first asks a returned connection whether it still answers. So each statement has a deadline of
//! Dunlin's own, and a missed deadline replaces all connections. The silent ones then block nobody, and end when their
//! operating system gives up.

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, RuntimeErr, SqlxPostgresConnector, Statement, TransactionOptions, TransactionTrait,
};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::task::JoinHandle;

/// The pools of connections. Clones are cheap, and share the pools.
#[derive(Clone, Debug)]
pub(crate) struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    present: RwLock<Pools>,
    backend: DbBackend,
    /// The settings for new PostgreSQL connections. SQLite runs in this process, and is never silent.
    server: Option<Server>,
    /// The task that copies SQLite's log, through a connection of its own, until the others are closed.
    copying: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Clone, Debug)]
struct Pools {
    /// The pool for units of work.
    writing: DatabaseConnection,
    /// The pool for everything else. On PostgreSQL it is the same pool.
    reading: DatabaseConnection,
    /// The number of times the pools were replaced.
    generation: u64,
}

/// A PostgreSQL server, and the longest silence allowed to it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) connecting: PgConnectOptions,
    pub(crate) pooling: PgPoolOptions,
    /// The longest time for a statement, or `None` for no limit.
    pub(crate) deadline: Option<Duration>,
}

/// The longest time for an idle connection to answer a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest wait for connections to close, because one of them may be silent.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

impl Connections {
    /// Wraps the connections to a SQLite database, whose log a task copies.
    pub(crate) fn to_sqlite(writing: DatabaseConnection, reading: DatabaseConnection, copying: JoinHandle<()>) -> Self {
        let pools = Pools {
            writing,
            reading,
            generation: 0,
        };
        Self(Arc::new(Shared {
            present: RwLock::new(pools),
            backend: DbBackend::Sqlite,
            server: None,
            copying: Mutex::new(Some(copying)),
        }))
    }

    /// Prepares connections to a PostgreSQL server. None is opened before it is needed.
    pub(crate) fn to_postgres(server: Server) -> Self {
        Self(Arc::new_cyclic(|shared| Shared {
            present: RwLock::new(server.pools(shared.clone(), 0)),
            backend: DbBackend::Postgres,
            server: Some(server),
            copying: Mutex::new(None),
        }))
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.0.backend
    }

    /// Returns an executor that reads. Each statement takes a connection from the pool.
    pub(crate) fn reading(&self) -> Executor {
        let pools = self.0.pools();
        Executor {
            of: Of::Pool(pools.reading),
            watch: self.watch(pools.generation),
        }
    }

    /// Begins a transaction that does not write.
    pub(crate) async fn begin_reading(&self) -> Result<Executor, DbErr> {
        self.begin(|pools| pools.reading, TransactionOptions::default()).await
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin_writing(&self, options: TransactionOptions) -> Result<Executor, DbErr> {
        self.begin(|pools| pools.writing, options).await
    }

    async fn begin(&self, of: fn(Pools) -> DatabaseConnection, options: TransactionOptions) -> Result<Executor, DbErr> {
        loop {
            let pools = self.0.pools();
            let watch = self.watch(pools.generation);
            match watch.bounded(of(pools).begin_with_options(options)).await {
                Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)) if watch.is_of_the_past() => {}
                begun => {
                    let of = Of::Transaction(begun?);
                    return Ok(Executor { of, watch });
                }
            }
        }
    }

    /// Closes all connections once their work in progress is finished. Connections that stay silent are left open.
    pub(crate) async fn close(self) -> Result<(), DbErr> {
        let Pools { writing, reading, .. } = self.0.pools();
        let closing = async {
            writing.close().await?;
            reading.close().await
        };
        if self.0.server.is_none() {
            closing.await?;
            // The last connection to close leaves no log behind.
            let copying = self.0.copying.lock().unwrap_or_else(PoisonError::into_inner).take();
            return match copying {
                Some(copying) => copying.await.or(Ok(())),
                None => Ok(()),
            };
        }
        tokio::time::timeout(CLOSE_TIMEOUT, closing).await.unwrap_or(Ok(()))
    }

    fn watch(&self, generation: u64) -> Watch {
        Watch {
            shared: Arc::clone(&self.0),
            generation,
        }
    }
}

impl Shared {
    fn pools(&self) -> Pools {
        self.present.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the connections of this generation, unless another caller already has.
    fn replace(self: &Arc<Self>, generation: u64) {
        let Some(server) = &self.server else {
            return;
        };
        let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
        if present.generation != generation {
            return;
        }
        tracing::warn!("PostgreSQL did not answer in time: all connections to it are replaced");
        // Work in progress on them continues, and later callers find them closed. Nobody waits until all are closed.
        drop(present.reading.get_postgres_connection_pool().close());
        *present = server.pools(Arc::downgrade(self), generation + 1);
    }
}

impl Server {
    fn pools(&self, shared: Weak<Shared>, generation: u64) -> Pools {
        let pooling = self.pooling.clone().test_before_acquire(false);
        let pooling = pooling.before_acquire(move |connection, _| {
            let shared = shared.clone();
            Box::pin(async move {
                match tokio::time::timeout(PING_TIMEOUT, connection.ping()).await {
                    Ok(answered) => Ok(answered.is_ok()),
                    Err(_elapsed) => {
                        if let Some(shared) = shared.upgrade() {
                            shared.replace(generation);
                        }
                        Ok(false)
                    }
                }
            })
        });
        let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pooling.connect_lazy_with(self.connecting.clone()));
        Pools {
            writing: pool.clone(),
            reading: pool,
            generation,
        }
    }
}

/// The executor of statements: a pool of connections, or the one connection of a transaction. A transaction that is not
/// committed is rolled back.
#[derive(Debug)]
pub(crate) struct Executor {
    of: Of,
    watch: Watch,
}

#[derive(Debug)]
enum Of {
    Pool(DatabaseConnection),
    Transaction(DatabaseTransaction),
}

/// A bounded wait for the connections of one generation.
#[derive(Debug)]
struct Watch {
    shared: Arc<Shared>,
    generation: u64,
}

impl Watch {
    async fn bounded<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Some(deadline) = self.shared.server.as_ref().and_then(|server| server.deadline) else {
            return answer.await;
        };
        match tokio::time::timeout(deadline, answer).await {
            Ok(Err(none @ DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))) => {
                // The pool may have lent all its connections to callers that wait for silent ones.
                self.shared.replace(self.generation);
                Err(none)
            }
            Ok(answered) => answered,
            Err(_elapsed) => {
                self.shared.replace(self.generation);
                let silence = format!("the database has not answered for {} seconds", deadline.as_secs());
                Err(DbErr::Conn(RuntimeErr::Internal(silence)))
            }
        }
    }

    /// Returns true if the connections were replaced since.
    fn is_of_the_past(&self) -> bool {
        self.shared.pools().generation != self.generation
    }
}

impl Executor {
    /// Returns an executor without a deadline, for changes of the schema.
    pub(crate) fn unbounded(&self) -> DatabaseExecutor<'_> {
        match &self.of {
            Of::Pool(connection) => connection.into(),
            Of::Transaction(transaction) => transaction.into(),
        }
    }

    /// Commits, if it is a transaction.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self.of {
            Of::Transaction(transaction) => self.watch.bounded(transaction.commit()).await,
            Of::Pool(_) => Ok(()),
        }
    }

    /// Rolls back, if it is a transaction.
    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        match self.of {
            Of::Transaction(transaction) => self.watch.bounded(transaction.rollback()).await,
            Of::Pool(_) => Ok(()),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Executor {
    fn get_database_backend(&self) -> DbBackend {
        self.watch.shared.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.of {
            Of::Pool(connection) => self.watch.bounded(connection.execute_raw(statement)).await,
            Of::Transaction(transaction) => self.watch.bounded(transaction.execute_raw(statement)).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.of {
            Of::Pool(connection) => self.watch.bounded(connection.execute_unprepared(sql)).await,
            Of::Transaction(transaction) => self.watch.bounded(transaction.execute_unprepared(sql)).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.of {
            Of::Pool(connection) => self.watch.bounded(connection.query_one_raw(statement)).await,
            Of::Transaction(transaction) => self.watch.bounded(transaction.query_one_raw(statement)).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.of {
            Of::Pool(connection) => self.watch.bounded(connection.query_all_raw(statement)).await,
            Of::Transaction(transaction) => self.watch.bounded(transaction.query_all_raw(statement)).await,
        }
    }
}
