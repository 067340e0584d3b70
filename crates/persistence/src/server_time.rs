//! The clock of the database's machine.

use crate::{Store, StoreError, UnixMicros};

impl Store {
    /// Returns the time at the database's server, or `None` on SQLite, which is on this machine.
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
