//! Reading outside of a unit of work.

use sea_orm::{ConnectionTrait, Statement, TryGetable};

use crate::connections::Executor;
use crate::error::at;
use crate::{Pooler, Store, StoreError, postgres};

impl Store {
    /// Returns an executor for reading, a statement at a time on any connection. If a pooler lends sessions by the
    /// transaction it is a transaction, which ends when it is dropped: a statement takes two messages, and outside a
    /// transaction they may reach different sessions.
    pub(crate) async fn reading(&self) -> Result<Executor, StoreError> {
        if self.is_postgres() && self.postgres.pooler == Pooler::Transaction {
            return self.begin_reading().await;
        }
        Ok(self.connections.reading())
    }

    /// Returns the first value of the first row of an answer, if there is one.
    pub(crate) async fn ask_server<T: TryGetable>(&self, step: &'static str, asked: &'static str) -> Result<Option<T>, StoreError> {
        let asked = Statement::from_string(self.connections.backend(), asked);
        let answer = self.reading().await?.query_one_raw(asked).await.map_err(at(step))?;
        let value = answer.map(|row| row.try_get_by_index(0)).transpose();
        value.map_err(at(step))
    }

    /// Begins a transaction that will not write. On SQLite it waits for no writer, and sees one consistent state.
    pub(crate) async fn begin_reading(&self) -> Result<Executor, StoreError> {
        let tx = self.connections.begin_reading().await.map_err(at("begin a transaction"))?;
        if self.is_postgres() {
            let opening = postgres::opening(self.postgres);
            tx.execute_unprepared(&opening).await.map_err(at("begin a transaction"))?;
        }
        Ok(tx)
    }
}
