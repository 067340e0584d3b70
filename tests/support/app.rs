//! A server process: started, stopped, killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::binaries::{command, dunlin, dunlin_with_crash_points};
use super::home::{Database, Home};
use super::worker::Worker;
use super::{API_KEY, SECRET};

/// A server process with a home of its own.
pub(crate) struct App {
    pub(super) child: Child,
    pub(crate) address: SocketAddr,
    pub(super) log: Arc<Mutex<String>>,
    pub(super) binary: &'static Path,
    pub(super) environment: Vec<(String, String)>,
    pub(super) home: Arc<Home>,
}

impl App {
    pub(crate) fn spawn() -> Self {
        Self::spawn_with(&[])
    }

    /// Starts a server with these variables in addition to the usual ones.
    pub(crate) fn spawn_with(variables: &[(&str, &str)]) -> Self {
        Self::spawn_on_with(crate::DATABASE, variables)
    }

    /// Starts a server on a database of this kind.
    pub(crate) fn spawn_on(database: Database) -> Self {
        Self::spawn_on_with(database, &[])
    }

    /// Starts a server on a database of this kind, with these variables in addition to the usual ones.
    pub(crate) fn spawn_on_with(database: Database, variables: &[(&str, &str)]) -> Self {
        Self::start(dunlin(), Home::new(database), owned(variables), &[])
    }

    /// Starts a server on this database.
    pub(crate) fn spawn_on_url(database_url: &str) -> Self {
        Self::spawn_on_url_with(database_url, &[])
    }

    /// Starts a server on this database, with these variables in addition to the usual ones.
    pub(crate) fn spawn_on_url_with(database_url: &str, variables: &[(&str, &str)]) -> Self {
        let home = Home {
            folder: tempfile::tempdir().unwrap(),
            database_url: database_url.to_owned(),
        };
        Self::start(dunlin(), Arc::new(home), owned(variables), &[])
    }

    /// Starts a server of this binary.
    pub(crate) fn spawn_binary(binary: &'static Path, variables: &[(&str, &str)]) -> Self {
        Self::start(binary, Home::new(crate::DATABASE), owned(variables), &[])
    }

    /// Returns the id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts another instance on the same database.
    pub(crate) fn spawn_beside(&self) -> Self {
        let lasting = |(name, _): &&(String, String)| name == "DUNLIN_LISTEN";
        let mut environment = self.environment.clone();
        if self.environment.iter().any(|variable| lasting(&variable)) {
            environment.retain(|variable| !lasting(&variable));
            environment.push(("DUNLIN_LISTEN".to_owned(), test_support::ports::lasting_address().to_string()));
        }
        Self::start(self.binary, Arc::clone(&self.home), environment, &[])
    }

    /// Starts a server of this role.
    pub(crate) fn spawn_with_role(role: &str, variables: &[(&str, &str)]) -> Self {
        let mut all = vec![("ROLE", role)];
        all.extend(variables);
        Self::spawn_with(&all)
    }

    /// Starts a worker on the server's database.
    pub(crate) fn spawn_worker(&self, variables: &[(&str, &str)]) -> Worker {
        Worker::start(self.binary, &self.home, variables)
    }

    /// Waits until `look` returns something, at most this long.
    pub(crate) fn wait_for<T>(&self, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(began.elapsed() < patience, "it never came to that: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the first reconciliation is over: whatever is found from then on is news.
    pub(crate) fn wait_until_reconciled(&self) {
        self.wait_for(Duration::from_mins(1), || {
            self.get("/api/v1/reconciliation").body["last_at"].as_str().map(drop)
        });
    }

    /// Starts a server with crash points, at an address that it keeps over restarts.
    pub(crate) fn spawn_with_crash_points(database: Database) -> Self {
        let address = ("DUNLIN_LISTEN".to_owned(), test_support::ports::lasting_address().to_string());
        Self::start(dunlin_with_crash_points(), Home::new(database), vec![address], &[])
    }

    /// Starts a server that only accepts deliveries, and whose workers have crash points.
    pub(crate) fn spawn_web_with_crash_points(variables: &[(&str, &str)]) -> Self {
        let mut own = owned(&[("ROLE", "web")]);
        own.extend(owned(variables));
        Self::start(dunlin_with_crash_points(), Home::new(crate::DATABASE), own, &[])
    }

    /// Starts a server. `environment` holds for every start, `once` for this one.
    fn start(binary: &'static Path, home: Arc<Home>, environment: Vec<(String, String)>, once: &[(&str, &str)]) -> Self {
        let role = environment.iter().find(|(name, _)| name == "ROLE");
        let role = role.map_or_else(|| "all".to_owned(), |(_, role)| role.clone());
        let mut child = home
            .command(binary)
            .args(["serve", "--role", &role])
            .env("DUNLIN_LISTEN", "127.0.0.1:0")
            .env("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET)
            .env("DUNLIN_API_KEYS", API_KEY)
            .envs(environment.iter().cloned())
            .envs(once.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let line = lines.next().expect("the server says where it listens").unwrap();
            log.lock().unwrap().push_str(&line);
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["message"] == "listening" {
                break line["address"].as_str().unwrap().parse().unwrap();
            }
        };
        keep_log(lines, &log);
        Self {
            child,
            address,
            log,
            binary,
            environment,
            home,
        }
    }

    /// Waits until the server has ended by itself, at most this long. Returns true if it has.
    pub(crate) fn has_ended_within(&mut self, patience: Duration) -> bool {
        has_ended_within(&mut self.child, patience)
    }

    /// Kills the server without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells the server to stop and waits for it. Returns true if it ended well.
    pub(crate) fn terminate(&mut self) -> bool {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().success()
    }

    /// Starts the server again on what the last one left on the disk.
    pub(crate) fn restart(&mut self) {
        self.restart_with(&[]);
    }

    /// Starts the server again, with these variables for this start only.
    pub(crate) fn restart_with(&mut self, once: &[(&str, &str)]) {
        let restarted = Self::start(self.binary, Arc::clone(&self.home), self.environment.clone(), once);
        drop(std::mem::replace(self, restarted));
    }

    /// Returns its log so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

/// Appends the output of a process to its log.
pub(super) fn keep_log(lines: std::io::Lines<BufReader<ChildStderr>>, log: &Arc<Mutex<String>>) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            log.lock().unwrap().push_str(&line);
        }
    });
}

pub(super) fn has_ended_within(child: &mut Child, patience: Duration) -> bool {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Returns the error with which `dunlin serve` refuses to run with these variables.
pub(crate) fn refuses_to_serve(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path())
        .arg("serve")
        .env("DUNLIN_LISTEN", "127.0.0.1:0")
        .env("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET)
        .env("DUNLIN_API_KEYS", API_KEY)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}
