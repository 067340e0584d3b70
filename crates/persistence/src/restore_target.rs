//! The target of a restore: the file that a SQLite database is in, or will be in.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempPath;

use crate::database_files::{beside, sync_folder};
use crate::error::at_file;
use crate::{StoreError, sqlite};

/// The locked target of a restore: no other process uses the database, and none can start until this is dropped.
#[derive(Debug)]
pub struct RestoreTarget {
    file: PathBuf,
    state: TargetState,
    /// SQLite's own lock of the existing file, on the whole of it.
    lock: Option<File>,
}

/// What is at a target before the restore.
#[derive(Debug)]
pub enum TargetState {
    /// Nothing, or a database that nothing was ever written to.
    Empty,
    /// A database of Dunlin.
    Database {
        /// The number of events in its inbox.
        events: u64,
        /// The number of its tenants.
        tenants: u64,
    },
    /// A file that is no database of Dunlin, or cannot be read as one.
    Unreadable(StoreError),
    /// No database, but this file of an earlier one.
    Leftover(PathBuf),
}

/// The suffixes of the files that belong to a database while it is open, or after a crash.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

impl RestoreTarget {
    /// Locks this file. The log of an existing database is first written into the database.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another process has it open, [`StoreError::File`].
    pub async fn take(file: &Path) -> Result<Self, StoreError> {
        let found = fs::canonicalize(file).or_else(|_| std::path::absolute(file));
        let file = found.map_err(at_file("find", file))?;
        if !file.exists() {
            let mut companions = COMPANIONS.iter().map(|suffix| beside(&file, suffix));
            let remains = companions.find(|path| path.exists());
            let state = remains.map_or(TargetState::Empty, TargetState::Leftover);
            let lock = None;
            return Ok(Self { file, state, lock });
        }
        // This lock is not kept yet, because SQLite releases all of a process's locks on a file when it closes the
        // file.
        drop(lock(&file)?);
        let state = state_of(&file).await;
        let lock = Some(lock(&file)?);
        Ok(Self { file, state, lock })
    }

    /// Returns what is there now.
    pub fn state(&self) -> &TargetState {
        &self.state
    }

    /// Puts a file of the same disk there, owned by the owner of the target.
    pub(crate) fn replace(self, file: TempPath) -> Result<(), StoreError> {
        let write = |error| at_file("write", &self.file)(error);
        self.give_to_owner(&file).map_err(write)?;
        for suffix in COMPANIONS {
            // The log of one database must not be taken for another's.
            let companion = beside(&self.file, suffix);
            match fs::remove_file(&companion) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at_file("delete", &companion)(error)),
                _ => {}
            }
        }
        let put = match self.lock {
            Some(_) => file.persist(&self.file),
            None => file.persist_noclobber(&self.file),
        };
        put.map_err(|failed| write(failed.error))?;
        sync_folder(&self.file)
    }

    /// Gives the file to the owner of the target. Only root writes files for other users.
    fn give_to_owner(&self, file: &Path) -> io::Result<()> {
        if !rustix::process::geteuid().is_root() {
            return Ok(());
        }
        let owner = match &self.lock {
            Some(before) => before.metadata()?,
            None => fs::metadata(self.file.parent().unwrap_or(Path::new("/")))?,
        };
        chown(file, Some(owner.uid()), Some(owner.gid()))
    }
}

/// Locks a database file. A process that has a database with a log open holds a lock on a part of its file
/// (<https://sqlite.org/lockingv3.html>).
fn lock(path: &Path) -> Result<File, StoreError> {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let file = opened.map_err(|error| at_file("open", path)(error))?;
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(error) => Err(at_file("lock", path)(error.into())),
    }
}

/// Returns what is in this file, after ending its log.
async fn state_of(file: &Path) -> TargetState {
    let counted = async {
        sqlite::end_log(file).await?;
        let mut connection = sqlite::alone(file).await.map_err(StoreError::Connect)?;
        let counted = count_rows(&mut connection).await.map_err(StoreError::Connect);
        connection.close().await.map_err(StoreError::Connect)?;
        counted
    };
    counted.await.unwrap_or_else(TargetState::Unreadable)
}

async fn count_rows(connection: &mut SqliteConnection) -> Result<TargetState, sqlx::Error> {
    let mut count = async |sql| sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *connection).await;
    if count("SELECT count(*) FROM sqlite_master").await? == 0 {
        return Ok(TargetState::Empty);
    }
    Ok(TargetState::Database {
        events: count("SELECT count(*) FROM stripe_event").await?.unsigned_abs(),
        tenants: count("SELECT count(*) FROM tenant").await?.unsigned_abs(),
    })
}
