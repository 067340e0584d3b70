//! The files of a SQLite database, and their folder.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::error::at_file;

/// The room that a batch needs. A smaller write may still succeed when no delivery does.
const ROOM_BYTES: u64 = 256 * 1024;

/// The open files by their identity in the file system, because a name can come to mean another file.
#[derive(Debug)]
pub(crate) struct DatabaseFiles(Vec<(PathBuf, FileId)>);

/// A device and an inode.
type FileId = (u64, u64);

impl DatabaseFiles {
    /// Returns the database and its log, or `None` for a database that is in no file.
    pub(crate) fn of(database: &Path) -> Option<Self> {
        let log = beside(database, "-wal");
        let database = (database.to_owned(), file_id(database)?);
        let log = file_id(&log).map(|id| (log, id));
        Some(Self(std::iter::once(database).chain(log).collect()))
    }

    /// Checks that there is room for more.
    ///
    /// # Errors
    /// [`StoreError::Full`].
    pub(crate) fn check_room(&self) -> Result<(), StoreError> {
        let is_full = |path: &Path| {
            let space = rustix::fs::statvfs(path).ok();
            space.is_some_and(|space| space.f_bavail.saturating_mul(space.f_frsize) < ROOM_BYTES)
        };
        match self.0.iter().find(|(path, _)| is_full(path)) {
            None => Ok(()),
            Some((path, _)) => Err(StoreError::Full {
                file: path.display().to_string(),
            }),
        }
    }

    /// Checks that the files are still the same.
    ///
    /// # Errors
    /// [`StoreError::Replaced`].
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.0.iter().find(|(path, id)| file_id(path) != Some(*id)) {
            None => Ok(()),
            Some((path, _)) => Err(StoreError::Replaced {
                file: path.display().to_string(),
            }),
        }
    }
}

fn file_id(path: &Path) -> Option<FileId> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Returns the path of this file with a suffix.
pub(crate) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Returns the folder that a file is in.
pub(crate) fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Syncs the folder's entry of this file to the disk.
pub(crate) fn sync_folder(file: &Path) -> Result<(), StoreError> {
    let folder = folder_of(file);
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| at_file("write", folder)(error))
}
