//! The soundness of the database: a check whether commits can be trusted, before each unit of work and for readiness.
//!
//! SQLite rolls a transaction back by itself if the disk is full or fails. sqlx and sea-orm then have a wrong idea of
//! the connection: its next transaction would be a savepoint inside one that nobody commits. So a connection that could
//! be in that state is never used again (`sqlite.rs` closes it). After a failure nothing is acknowledged until a write
//! has been committed and read back by another connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::connections::Executor;
use crate::database_files::DatabaseFiles;
use crate::error::at;
use crate::{Store, StoreError};

/// The state of the database between units of work. Clones are cheap, and share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Soundness {
    /// True if a unit of work failed, and no proof has followed yet.
    is_doubted: Arc<AtomicBool>,
    /// True if the writing connection has failed, and must not be used again.
    is_spent: Arc<AtomicBool>,
    files: Option<Arc<DatabaseFiles>>,
}

impl Soundness {
    /// Returns the same for a database in these files.
    pub(crate) fn with_files(self, files: Option<DatabaseFiles>) -> Self {
        Self {
            files: files.map(Arc::new),
            ..self
        }
    }

    /// Makes the next unit of work prove first, on a new connection, that a write is kept.
    pub(crate) fn doubt(&self) {
        self.is_spent.store(true, Ordering::Release);
        self.is_doubted.store(true, Ordering::Release);
    }

    /// Returns true if the current connection is the one that failed. It returns this only once, because the connection
    /// is then closed.
    pub(crate) fn is_connection_spent(&self) -> bool {
        self.is_spent.swap(false, Ordering::AcqRel)
    }

    fn is_doubted(&self) -> bool {
        self.is_doubted.load(Ordering::Acquire)
    }

    fn trust(&self) {
        self.is_doubted.store(false, Ordering::Release);
    }

    fn check_room(&self) -> Result<(), StoreError> {
        self.files.as_ref().map_or(Ok(()), |files| files.check_room())
    }

    fn check_files(&self) -> Result<(), StoreError> {
        self.files.as_ref().map_or(Ok(()), |files| files.check())
    }
}

impl Store {
    /// Checks that a unit of work can begin and be kept: the database answers, takes writes, and keeps them.
    ///
    /// On SQLite this writes a number and reads it back by another connection.
    ///
    /// # Errors
    /// [`StoreError`] says what prevents that. A delivery would fail in the same way.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        self.soundness.check_files()?;
        self.soundness.check_room()?;
        self.prove_writes().await
    }

    /// Checks that all of a SQLite database can be read and is consistent. It reads every page.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first problem found; [`StoreError::Database`] if the check itself fails.
    pub async fn check_integrity(&self) -> Result<(), StoreError> {
        let step = "check itself";
        let reading = self.connections.reading();
        let ask = async |pragma| {
            let asked = Statement::from_string(reading.get_database_backend(), pragma);
            reading.query_one_raw(asked).await.map_err(at(step))
        };
        let found = ask("PRAGMA integrity_check(1)").await?;
        let found = found
            .map_or(Ok("ok".to_owned()), |row| row.try_get_by_index(0))
            .map_err(at(step))?;
        if found != "ok" {
            return Err(StoreError::Damaged { found });
        }
        let Some(dangling) = ask("PRAGMA foreign_key_check").await? else {
            return Ok(());
        };
        let table: String = dangling.try_get_by_index(0).map_err(at(step))?;
        let found = format!("a row of {table} refers to one that is not there");
        Err(StoreError::Damaged { found })
    }

    /// Records that a committed write is missing. Nothing is acknowledged until a write is seen to be kept.
    pub fn distrust(&self) {
        self.cache.forget();
        self.soundness.doubt();
    }

    /// Checks that the files are still the database's, and that a failure is known to be over, before a unit of work
    /// begins.
    pub(crate) async fn check_soundness(&self) -> Result<(), StoreError> {
        self.soundness.check_files()?;
        if self.soundness.is_doubted() {
            self.prove_writes().await?;
            tracing::info!("the database takes and keeps writes again");
        }
        Ok(())
    }

    /// Commits. If that fails, the next unit of work begins with a proof.
    pub(crate) async fn commit(&self, tx: Executor) -> Result<(), StoreError> {
        tx.commit()
            .await
            .map_err(at("commit"))
            .inspect_err(|_| self.soundness.doubt())
    }

    /// Proves that writes are kept. PostgreSQL keeps what it reports as committed, but after a failure a standby may be
    /// answering.
    async fn prove_writes(&self) -> Result<(), StoreError> {
        let proved = if self.is_postgres() {
            self.check_takes_writes().await
        } else {
            self.write_and_read_back().await
        };
        proved.inspect_err(|_| self.soundness.doubt())?;
        self.soundness.trust();
        Ok(())
    }

    /// Writes a number and reads it back. SQLite's `user_version` is a number in the file's header that nobody else
    /// uses, and changing it is a commit like any other.
    async fn write_and_read_back(&self) -> Result<(), StoreError> {
        let step = "write a number and read it back";
        let before = user_version(&self.connections.reading()).await.map_err(at(step))?;
        let tx = self.begin_unchecked().await?;
        let next = before.wrapping_add(1);
        tx.execute_unprepared(&format!("PRAGMA user_version = {next}"))
            .await
            .map_err(at(step))?;
        tx.commit().await.map_err(at(step))?;
        if user_version(&self.connections.reading()).await.map_err(at(step))? == before {
            return Err(StoreError::NotKept);
        }
        Ok(())
    }

    /// Returns true if a commit waits for the disk. For SQLite that is asserted at connection, but PostgreSQL may run
    /// with `fsync=off`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waits_for_disk(&self) -> Result<bool, StoreError> {
        Ok(!self.is_postgres() || self.setting("SHOW fsync").await?.as_deref() == Some("on"))
    }

    /// Checks that the database takes writes. A standby, or a database that an operator has made read-only, answers all
    /// queries and takes no writes.
    async fn check_takes_writes(&self) -> Result<(), StoreError> {
        match self.setting("SHOW transaction_read_only").await?.as_deref() {
            Some("off") => Ok(()),
            _ => Err(StoreError::ReadOnly),
        }
    }

    async fn setting(&self, show: &'static str) -> Result<Option<String>, StoreError> {
        self.ask_server("tell its settings", show).await
    }
}

async fn user_version(connection: &Executor) -> Result<i32, DbErr> {
    let asked = Statement::from_string(connection.get_database_backend(), "PRAGMA user_version");
    let answer = connection.query_one_raw(asked).await?;
    answer.map_or(Ok(0), |row| row.try_get_by_index(0))
}
