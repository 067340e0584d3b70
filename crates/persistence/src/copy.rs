//! A copy of a SQLite database. It is made while the database is in use, checked, and then kept under a name or put in
//! a database's place.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tempfile::{TempDir, TempPath};

use crate::database_files::{beside, sync_folder};
use crate::error::{at, at_file};
use crate::{RestoreTarget, Store, StoreError, sqlite};

/// A copy in a folder of its own, beside its target. Dropping it deletes it.
#[derive(Debug)]
pub struct DatabaseCopy {
    _folder: TempDir,
    file: PathBuf,
}

/// The mode of the file: only the user that runs Dunlin has access, because a database is customers' data.
const MODE: u32 = 0o600;

impl DatabaseCopy {
    /// Copies the database as it is at one instant, for this target. Writers are not held up.
    ///
    /// # Errors
    /// [`StoreError::File`] if there is no such folder, [`StoreError::Database`] if the database cannot be read or the
    /// disk is full.
    pub async fn of(store: &Store, target: &Path) -> Result<Self, StoreError> {
        let (copy, _empty) = Self::empty(target)?;
        let path = copy.file.to_string_lossy().into_owned();
        let into = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [path.into()]);
        let copied = store.connections.reading().execute_raw(into).await;
        copied.map_err(at("copy itself into a file"))?;
        Ok(copy)
    }

    /// Copies a database file, for this target.
    ///
    /// # Errors
    /// [`StoreError::File`] if one of the two cannot be read or written, [`StoreError::Unfinished`] if the end of the
    /// database is in another file.
    pub fn of_file(source: &Path, target: &Path) -> Result<Self, StoreError> {
        let log = beside(source, "-wal");
        if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return Err(StoreError::Unfinished { log });
        }
        let read = |error| at_file("read", source)(error);
        let mut from = File::open(source).map_err(read)?;
        let (copy, mut to) = Self::empty(target)?;
        io::copy(&mut from, &mut to).map_err(read)?;
        Ok(copy)
    }

    fn empty(target: &Path) -> Result<(Self, File), StoreError> {
        let parent = folder_of(target)?;
        let make = |error| at_file("make a file in", &parent)(error);
        let folder = tempfile::Builder::new()
            .prefix(".dunlin-copy-")
            .tempdir_in(&parent)
            .map_err(make)?;
        let file = folder.path().join("dunlin.db");
        let opened = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&file);
        let opened = opened.map_err(make)?;
        let copy = Self { _folder: folder, file };
        Ok((copy, opened))
    }

    /// Opens the copy for checks and migrations. The store must be closed before the copy is kept.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn open(&self) -> Result<Store, StoreError> {
        Store::connect_file(&self.file).await
    }

    /// Keeps the copy under this name, durably. Returns its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if the name is taken; [`StoreError::File`].
    pub async fn keep(self, target: &Path) -> Result<u64, StoreError> {
        let bytes = self.end().await?;
        let kept = self.path()?.persist_noclobber(target);
        kept.map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => StoreError::Exists { path: target.to_owned() },
            _ => at_file("write", target)(failed.error),
        })?;
        sync_folder(target)?;
        Ok(bytes)
    }

    /// Puts the copy in a database's place, atomically and durably. Returns its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub async fn put(self, target: RestoreTarget) -> Result<u64, StoreError> {
        let bytes = self.end().await?;
        target.replace(self.path()?)?;
        Ok(bytes)
    }

    /// Moves everything into the one file, and syncs it to the disk. Returns its size in bytes.
    async fn end(&self) -> Result<u64, StoreError> {
        sqlite::end_log(&self.file).await?;
        let synced = File::open(&self.file).and_then(|file| {
            file.sync_all()?;
            file.metadata()
        });
        Ok(synced.map_err(|error| at_file("write", &self.file)(error))?.len())
    }

    fn path(&self) -> Result<TempPath, StoreError> {
        TempPath::try_from_path(&self.file).map_err(|error| at_file("find", &self.file)(error))
    }
}

/// Returns the target's folder as SQLite sees it. SQLite would take some texts for more than a path.
fn folder_of(target: &Path) -> Result<PathBuf, StoreError> {
    let whole = std::path::absolute(target).map_err(|error| at_file("find", target)(error))?;
    Ok(whole.parent().unwrap_or(Path::new("/")).to_owned())
}
