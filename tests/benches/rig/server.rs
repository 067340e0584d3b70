//! A server process, and its database.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use procfs::process::Process;
use rustix::process::{Pid, Signal, kill_process};

use super::{KEY, SECRET, send};

/// A folder and a database.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    pub(crate) database_url: String,
}

impl Home {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = format!("sqlite://{}", folder.path().join("bench.db").display());
        Self { folder, database_url }
    }

    pub(crate) fn at(database_url: String) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database_url,
        }
    }

    /// Returns the folder of its files, which may lie beside the database's.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a command of the binary on this database.
    pub(crate) fn command(&self, dunlin: &Path, command: &str) -> Command {
        let mut process = Command::new(dunlin);
        process.arg(command).current_dir(self.folder.path()).env_clear().envs([
            ("DUNLIN_LISTEN", "127.0.0.1:0"),
            ("DUNLIN_API_KEYS", KEY),
            ("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET),
            ("DUNLIN_DATABASE_URL", self.database_url.as_str()),
        ]);
        process
    }
}

/// A server process.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// The time from the start of the process to its first "ready".
    pub(crate) ready_in: Duration,
}

const READY: &[u8] = b"GET /readyz HTTP/1.1\r\nHost: bench\r\n\r\n";

impl Server {
    pub(crate) fn start(dunlin: &Path, home: &Home, variables: &[(&str, &str)]) -> Self {
        let began = Instant::now();
        let mut child = home
            .command(dunlin, "serve")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let listening = log.find(|line| line.contains("\"listening\"")).expect("the server listens");
        let listening: serde_json::Value = serde_json::from_str(&listening).unwrap();
        let address = listening["address"].as_str().unwrap().parse().unwrap();
        send(&[address], &[READY.to_vec()], 1, None);
        let ready_in = began.elapsed();
        std::thread::spawn(move || log.for_each(drop));
        Self {
            child,
            address,
            ready_in,
        }
    }

    /// Stops it, and waits until it has ended.
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success(), "the server stops in good order");
    }

    /// Returns the current memory, in MB.
    pub(crate) fn memory_mb(&self) -> f64 {
        mb(self.process().status().unwrap().vmrss)
    }

    /// Returns the peak of memory, in MB.
    pub(crate) fn peak_memory_mb(&self) -> f64 {
        mb(self.process().status().unwrap().vmhwm)
    }

    pub(crate) fn process(&self) -> Process {
        Process::new(i32::try_from(self.child.id()).unwrap()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn mb(kib: Option<u64>) -> f64 {
    f64::from(u32::try_from(kib.unwrap()).unwrap()) * 1.024 / 1000.0
}

/// Returns the size of all files in a folder and below, in MB.
pub(crate) fn folder_mb(folder: &Path) -> f64 {
    let entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let size = |path: PathBuf| if path.is_dir() { folder_mb(&path) } else { file_mb(&path) };
    entries.into_iter().map(size).sum()
}

pub(crate) fn file_mb(file: &Path) -> f64 {
    let kb = std::fs::metadata(file).unwrap().len() / 1000;
    f64::from(u32::try_from(kb).unwrap()) / 1000.0
}
