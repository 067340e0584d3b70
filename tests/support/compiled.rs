//! Small libraries in C between a process and libc.

use std::path::PathBuf;
use std::process::Command;

/// Compiles `NAME.c` of this folder. Returns the library's folder and its path.
pub(super) fn preloaded(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join(format!("{name}.so"));
    let source = format!("{}/support/{name}.c", env!("CARGO_MANIFEST_DIR"));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", &source, "-ldl", "-o"]);
    assert!(cc.arg(&library).status().unwrap().success(), "{name}.c compiles");
    (folder, library)
}
