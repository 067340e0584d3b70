//! `dunlin dev`, started in a folder.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::dunlin;

/// A `dunlin dev`, with its first output.
pub(crate) struct Dev {
    pub(crate) child: Child,
    pub(crate) greeting: String,
    pub(crate) url: String,
    pub(crate) log: PathBuf,
}

impl Dev {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        let log = folder.join("dev.log");
        let mut child = Command::new(dunlin())
            .current_dir(folder)
            .env_clear()
            .arg("dev")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while !greeting.contains("stripe listen") {
            greeting.push_str(&lines.next().expect("dev greets").unwrap());
            greeting.push('\n');
        }
        let url = greeting.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
        Self {
            child,
            greeting,
            url,
            log,
        }
    }

    /// Returns the commands that it suggests.
    pub(crate) fn commands(&self) -> Vec<&str> {
        let own = format!("  {}", dunlin().display());
        let lines = self.greeting.lines().filter(|line| line.starts_with(&own));
        lines.collect()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
