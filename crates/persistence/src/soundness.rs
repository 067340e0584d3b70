//! Whether a commit can be trusted: asked before each unit of work, and by whoever asks for readiness.
//!
//! SQLite rolls a transaction back by itself where the disk is full or fails. What sqlx and sea-orm believe of the connection is
//! then wrong: its next transaction would be a savepoint inside one that nobody commits. So a connection is never used again once it
//! could be in that state (`sqlite.rs` closes it), and after a failure nothing is acknowledged until a write was committed and
//! read back by another connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::connections::Executor;
use crate::error::at;
use crate::sqlite::DatabaseFiles;
use crate::{Store, StoreError};

/// What is known of the database between units of work. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Soundness {
    /// A unit of work failed, and no proof has followed yet.
    is_doubted: Arc<AtomicBool>,
    /// The connection that writes has failed, and is not to be used again.
    is_spent: Arc<AtomicBool>,
    files: Option<Arc<DatabaseFiles>>,
}

impl Soundness {
    /// The same of a database in these files.
    pub(crate) fn with_files(self, files: Option<DatabaseFiles>) -> Self {
        Self {
            files: files.map(Arc::new),
            ..self
        }
    }

    /// Has the next unit of work prove first, on a connection of its own, that a write is kept.
    pub(crate) fn doubt(&self) {
        self.is_spent.store(true, Ordering::Release);
        self.is_doubted.store(true, Ordering::Release);
    }

    /// Whether the connection at hand is the one that failed; asked once, as it is then closed.
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
    /// Whether a unit of work can be begun and kept: the database answers, takes writes, and keeps them.
    ///
    /// On SQLite this writes a number and reads it back by another connection.
    ///
    /// # Errors
    /// [`StoreError`] says what stands in the way; the same would befall a delivery.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        self.soundness.check_files()?;
        self.soundness.check_room()?;
        self.prove_writes().await
    }

    /// Whether all of a SQLite database can be read and nothing in it contradicts itself. Reads every page.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] says what was found first; [`StoreError::Database`] where not even that can be.
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

    /// Tells that something that had been committed is not there: nothing is acknowledged until a write is seen to be kept.
    pub fn distrust(&self) {
        self.memory.forget();
        self.soundness.doubt();
    }

    /// Nothing is begun on files that are no longer the database's, or before a failure is known to be over.
    pub(crate) async fn check_soundness(&self) -> Result<(), StoreError> {
        self.soundness.check_files()?;
        if self.soundness.is_doubted() {
            self.prove_writes().await?;
            tracing::info!("the database takes and keeps writes again");
        }
        Ok(())
    }

    /// Commits; if that fails, the next unit of work begins with a proof.
    pub(crate) async fn commit(&self, tx: Executor) -> Result<(), StoreError> {
        tx.commit()
            .await
            .map_err(at("commit"))
            .inspect_err(|_| self.soundness.doubt())
    }

    /// PostgreSQL keeps what it says that it committed, but what answers after a failure may be a standby.
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

    /// SQLite's `user_version` is a number in the file's header that nobody else uses: to change it is a commit like any other.
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

    /// Whether a commit waits for the disk: of SQLite that is asserted, PostgreSQL may run with `fsync=off`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waits_for_disk(&self) -> Result<bool, StoreError> {
        Ok(!self.is_postgres() || self.setting("SHOW fsync").await?.as_deref() == Some("on"))
    }

    /// A standby, or a database that an operator has made read-only, answers all questions and takes nothing.
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
