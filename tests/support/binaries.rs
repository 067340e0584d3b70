//! The programs under test, built by cargo itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use test_support::cargo;

/// Returns the binary, built once by cargo itself.
pub(crate) fn dunlin() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| build("dunlin", &["--workspace", "--bins"]))
}

/// Returns the fake Stripe's binary, built beside it.
pub(crate) fn simulator() -> PathBuf {
    let own = dunlin().parent().unwrap();
    own.parent().unwrap().join("simulator")
}

/// Returns the binary with the points at which tests have it die.
pub(crate) fn dunlin_with_crash_points() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        build(
            "dunlin-crash-points",
            &["--workspace", "--bins", "--features", "server/crash-points"],
        )
    })
}

/// Builds the server, and keeps the result under a name of its own, because cargo has one place for all its variants.
fn build(name: &str, what: &[&str]) -> PathBuf {
    static CARGO: Mutex<()> = Mutex::new(());
    let _one_at_a_time = CARGO.lock().unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut cargo = cargo::command();
    cargo.args(["build", "--quiet", "--manifest-path", manifest]).args(what);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success(), "the binary builds");
    let own = std::env::current_exe().unwrap();
    let built = own.ancestors().nth(2).unwrap().join("dunlin");
    let kept = own.parent().unwrap().join(name);
    if kept.exists() {
        std::fs::remove_file(&kept).unwrap();
    }
    std::fs::hard_link(built, &kept).unwrap();
    kept
}

/// Makes a command of `dunlin` in this folder, with a clean environment.
pub(crate) fn command(folder: &Path) -> Command {
    command_of(dunlin(), folder)
}

pub(super) fn command_of(binary: &Path, folder: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .current_dir(folder)
        .env_clear()
        .env("DUNLIN_DATABASE_URL", "sqlite://acceptance.db");
    command
}
