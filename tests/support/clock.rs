//! A wall clock that can be set, for one process.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::App;
use super::compiled::preloaded;

/// The clock of a server.
pub(crate) struct WallClock {
    folder: tempfile::TempDir,
}

impl WallClock {
    /// Makes a correct clock.
    pub(crate) fn new() -> Self {
        let clock = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        clock.set(0);
        clock
    }

    /// Sets it this many seconds ahead of the time, from now on.
    pub(crate) fn set(&self, ahead_secs: i64) {
        let new = self.folder.path().join("new");
        std::fs::write(&new, ahead_secs.to_string()).unwrap();
        std::fs::rename(new, self.file()).unwrap();
    }

    /// Starts a server with this clock.
    pub(crate) fn spawn(&self, variables: &[(&str, &str)]) -> App {
        let (library, file) = (library().display().to_string(), self.file().display().to_string());
        let mut all = vec![("LD_PRELOAD", library.as_str()), ("CLOCK_STEP", &file)];
        all.extend(variables);
        App::spawn_with(&all)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ahead_secs")
    }
}

fn library() -> &'static Path {
    static LIBRARY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &LIBRARY.get_or_init(|| preloaded("clock")).1
}
