//! A worker process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::app::{has_ended_within, keep_log};
use super::home::Home;

/// A worker process.
pub(crate) struct Worker {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Worker {
    pub(super) fn start(binary: &Path, home: &Home, variables: &[(&str, &str)]) -> Self {
        let mut worker = home.command(binary);
        Self::spawn(worker.args(["serve", "--role", "worker"]).envs(variables.iter().copied()))
    }

    /// Starts a server of all roles, which may never come to listen.
    pub(crate) fn serving(variables: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir();
        let mut server = super::command(&folder);
        server
            .arg("serve")
            .env("DUNLIN_LISTEN", "127.0.0.1:0")
            .env("DUNLIN_STRIPE_WEBHOOK_SECRETS", super::SECRET)
            .env("DUNLIN_API_KEYS", super::API_KEY);
        Self::spawn(server.envs(variables.iter().copied()))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        keep_log(lines, &log);
        Self { child, log }
    }

    /// Returns its log so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until it has logged these words. Returns its log so far.
    pub(crate) fn wait_for_log(&self, words: &str) -> String {
        let began = Instant::now();
        while !self.log().contains(words) {
            assert!(began.elapsed() < Duration::from_secs(30), "{words}: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.log()
    }

    /// Waits for its end. Returns true if it ended well.
    pub(crate) fn has_ended_well(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// Returns true if a signal has suspended it.
    pub(crate) fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit(')').next().unwrap().trim_start().starts_with('T')
    }

    /// Lets it continue after it was suspended.
    pub(crate) fn wake(&self) {
        let told = Command::new("kill")
            .args(["-CONT", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
    }

    /// Tells it to stop.
    pub(crate) fn stop(&self) {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    /// Waits until it has ended by itself, at most this long. Returns true if it has.
    pub(crate) fn has_ended_within(&mut self, patience: Duration) -> bool {
        has_ended_within(&mut self.child, patience)
    }

    /// Kills it without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
