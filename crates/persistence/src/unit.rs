//! Units of work. A unit that the database rolled back in favour of another is retried.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, SqliteTransactionMode, TransactionOptions};

use crate::connections::Executor;
use crate::error::at;
use crate::{Store, StoreError, postgres};

/// The number of tries of a unit of work, and the first pause between them. Each next pause is twice as long.
const MAX_TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(5);

impl Store {
    /// Begins a unit of work that will write. On SQLite it waits for its turn here, not halfway.
    pub(crate) async fn begin(&self) -> Result<Executor, StoreError> {
        self.check_soundness().await?;
        self.begin_unchecked().await
    }

    /// Begins a unit of work, whatever the known state of the database.
    pub(crate) async fn begin_unchecked(&self) -> Result<Executor, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.connections.begin_writing(options).await;
        let tx = tx.map_err(at("begin a transaction"))?;
        if self.is_postgres() {
            let opening = postgres::opening(self.postgres);
            tx.execute_unprepared(&opening).await.map_err(at("begin a transaction"))?;
        }
        Ok(tx)
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.connections.backend() == DbBackend::Postgres
    }

    /// Retries a unit of work while it only fails for concurrent work of others. Each try begins its own transaction.
    pub(crate) async fn retrying<T, Unit, Running>(&self, unit: Unit) -> Result<T, StoreError>
    where
        Unit: Fn() -> Running,
        Running: Future<Output = Result<T, StoreError>>,
    {
        let mut pause = FIRST_PAUSE;
        for _ in 1..MAX_TRIES {
            match unit().await {
                Err(error) if error.is_of_the_moment() => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "a unit of work is tried again");
                    self.cache.forget();
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                done => return done.inspect_err(|error| self.failed(error)),
            }
        }
        unit().await.inspect_err(|error| self.failed(error))
    }

    /// Forgets the cached customers, because a failed database may come back in an earlier state.
    fn failed(&self, error: &StoreError) {
        self.cache.forget();
        if error.is_outage() {
            self.soundness.doubt();
        }
    }
}
