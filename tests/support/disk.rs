//! A disk that fails on order, or forgets what was not synced: `disk.c`, loaded by a server before its C library.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::App;
use super::compiled::preloaded;

pub(crate) const NO_SPACE: u32 = 28;
pub(crate) const IO_ERROR: u32 = 5;

/// The disk below one server.
pub(crate) struct Disk {
    folder: tempfile::TempDir,
}

/// A failing call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// `write` or `sync`.
    pub(crate) call: &'static str,
    pub(crate) errno: u32,
    /// The number of calls that succeed first.
    pub(crate) after: u32,
    /// The number of calls that fail then.
    pub(crate) times: u32,
}

impl Disk {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Starts a server on it.
    pub(crate) fn spawn(&self, variables: &[(&str, &str)]) -> App {
        let (library, fault) = (library().display().to_string(), self.order().display().to_string());
        let mut all = vec![("LD_PRELOAD", library.as_str()), ("DISK_FAULT", &fault)];
        all.extend(variables);
        App::spawn_with(&all)
    }

    /// Starts a server on it that will lose its power. A disk that lies claims to have synced and has not.
    pub(crate) fn spawn_to_lose_power(&self, lies: bool) -> App {
        let (library, undo) = (library().display().to_string(), self.undo().display().to_string());
        let mut variables = vec![("LD_PRELOAD", library.as_str()), ("DISK_UNDO", &undo)];
        if lies {
            variables.push(("DISK_LIES", "1"));
        }
        App::spawn_with(&variables)
    }

    fn order(&self) -> PathBuf {
        self.folder.path().join("fault")
    }

    fn undo(&self) -> PathBuf {
        self.folder.path().join("undo")
    }

    /// Sets the fault from now on, in place of any earlier one.
    pub(crate) fn fail(&self, fault: Fault) {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let Fault {
            call,
            errno,
            after,
            times,
        } = fault;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let written = self.folder.path().join("next");
        std::fs::write(&written, format!("{call} {errno} {after} {times} {number}\n")).unwrap();
        std::fs::rename(written, self.order()).unwrap();
    }

    /// Removes the fault.
    pub(crate) fn heal(&self) {
        drop(std::fs::remove_file(self.order()));
    }

    /// Undoes what the killed server wrote and had not synced, the last write first.
    pub(crate) fn lose_power(&self) {
        let undo = std::fs::read(self.undo()).unwrap_or_default();
        for record in records(&undo).into_iter().rev() {
            // A log that was removed since needs no undoing.
            let Ok(file) = OpenOptions::new().write(true).open(&record.path) else {
                continue;
            };
            file.write_all_at(record.bytes, record.offset).unwrap();
            file.set_len(record.length).unwrap();
            // The shared index describes a log that is gone.
            drop(std::fs::remove_file(record.path.with_extension("db-shm")));
        }
        drop(File::create(self.undo()));
    }
}

struct Record<'a> {
    path: PathBuf,
    length: u64,
    offset: u64,
    bytes: &'a [u8],
}

/// Parses the records of `disk.c`. The last may be cut off, and then its write did not happen.
fn records(mut undo: &[u8]) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    while let Some((head, rest)) = undo.split_at_checked(32) {
        let number = |n: usize| u64::from_ne_bytes(head[8 * n..8 * n + 8].try_into().unwrap());
        let (path, bytes) = (usize::try_from(number(0)).unwrap(), usize::try_from(number(3)).unwrap());
        if rest.len() < path + bytes {
            break;
        }
        records.push(Record {
            path: PathBuf::from(std::str::from_utf8(&rest[..path]).unwrap()),
            length: number(1),
            offset: number(2),
            bytes: &rest[path..path + bytes],
        });
        undo = &rest[path + bytes..];
    }
    records
}

/// Returns `disk.c`, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &LIBRARY.get_or_init(|| preloaded("disk")).1
}
