//! A disk that fails when it is told to, or forgets what was not synced: `disk.c`, loaded by a server before its C library.

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

/// A call that fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// `write` or `sync`.
    pub(crate) call: &'static str,
    pub(crate) errno: u32,
    /// How many go well first.
    pub(crate) after: u32,
    /// How many fail then.
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

    /// Starts a server on it that will be cut off from its power. A disk that lies says "synced" and has not.
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

    /// From now on this fails; what was to fail before no longer does.
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

    /// From now on nothing fails.
    pub(crate) fn heal(&self) {
        drop(std::fs::remove_file(self.order()));
    }

    /// After the server was killed: what it wrote and had not synced is undone, the last first.
    pub(crate) fn lose_power(&self) {
        let undo = std::fs::read(self.undo()).unwrap_or_default();
        for record in records(&undo).into_iter().rev() {
            // A log that was removed since is not there to be undone.
            let Ok(file) = OpenOptions::new().write(true).open(&record.path) else {
                continue;
            };
            file.write_all_at(record.bytes, record.offset).unwrap();
            file.set_len(record.length).unwrap();
            // The shared index describes a log that was.
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

/// As `disk.c` writes them; the last may have been cut off, and then its write did not happen.
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

/// `disk.c`, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &LIBRARY.get_or_init(|| preloaded("disk")).1
}
