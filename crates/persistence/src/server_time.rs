//! What time the database's machine has.

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
        let asked = "SELECT (date_part('epoch', clock_timestamp()) * 1000000)::bigint";
        let time = self.ask_server("tell the time", asked).await?;
        Ok(time.map(UnixMicros::new))
    }
}
