//! What time the database's machine has.

use sea_orm::{ConnectionTrait, Statement};

use crate::error::at;
use crate::{Store, StoreError, UnixMicros};

impl Store {
    /// What time it is at the database's server; `None` on SQLite, which is on this machine.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn server_time(&self) -> Result<Option<UnixMicros>, StoreError> {
        if !self.is_postgres() {
            return Ok(None);
        }
        let step = "tell the time";
        let asked = "SELECT (date_part('epoch', clock_timestamp()) * 1000000)::bigint";
        let asked = Statement::from_string(self.connections.backend(), asked);
        let answer = self.reading().await?.query_one_raw(asked).await.map_err(at(step))?;
        let time = answer.map(|row| row.try_get_by_index(0)).transpose().map_err(at(step))?;
        Ok(time.map(UnixMicros::new))
    }
}
