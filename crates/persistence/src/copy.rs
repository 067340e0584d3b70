//! A copy of a SQLite database: made while the database is in use, looked at, and kept under a name or put in a database's place.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tempfile::{TempDir, TempPath};

use crate::error::{at, at_file};
use crate::place::{Place, beside, sync_folder};
use crate::{Store, StoreError, sqlite};

/// A copy in a folder of its own, beside where it is to be. Dropped, it is deleted.
#[derive(Debug)]
pub struct DatabaseCopy {
    _folder: TempDir,
    file: PathBuf,
}

/// For whoever runs us, and nobody else: a database is customers' data.
const MODE: u32 = 0o600;

impl DatabaseCopy {
    /// Copies the database as it is at one instant, for this place. Whoever writes to it is not held up.
    ///
    /// # Errors
    /// [`StoreError::File`] where there is no such folder, [`StoreError::Database`] where the database cannot be read or the disk
    /// is full.
    pub async fn of(store: &Store, target: &Path) -> Result<Self, StoreError> {
        let (copy, _empty) = Self::empty(target)?;
        let path = copy.file.to_string_lossy().into_owned();
        let into = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [path.into()]);
        let copied = store.connections.reading().execute_raw(into).await;
        copied.map_err(at("copy itself into a file"))?;
        Ok(copy)
    }

    /// Copies a database that lies in a file, for this place.
    ///
    /// # Errors
    /// [`StoreError::File`] where one of the two cannot be read or written, [`StoreError::Unfinished`] where the end of the database is
    /// in another file.
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

    /// Opens it, to be looked at and brought up to date. To be closed before it is kept.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn open(&self) -> Result<Store, StoreError> {
        Store::connect_file(&self.file).await
    }

    /// Keeps it under this name, on the disk for good. Returns its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the name is taken; [`StoreError::File`].
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

    /// Puts it in a database's place, from one moment to the next, and on the disk for good. Returns its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub async fn put(self, place: Place) -> Result<u64, StoreError> {
        let bytes = self.end().await?;
        place.put(self.path()?)?;
        Ok(bytes)
    }

    /// All of it is in the one file then, and on the disk.
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

/// As it is for SQLite, which would take some texts for more than a path.
fn folder_of(target: &Path) -> Result<PathBuf, StoreError> {
    let whole = std::path::absolute(target).map_err(|error| at_file("find", target)(error))?;
    Ok(whole.parent().unwrap_or(Path::new("/")).to_owned())
}
