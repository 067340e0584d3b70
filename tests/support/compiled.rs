//! Small libraries in C that stand between a process and libc.

use std::path::PathBuf;
use std::process::Command;

/// `NAME.c` of this folder, compiled, and the folder it is in.
pub(super) fn preloaded(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join(format!("{name}.so"));
    let source = format!("{}/support/{name}.c", env!("CARGO_MANIFEST_DIR"));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", &source, "-ldl", "-o"]);
    assert!(cc.arg(&library).status().unwrap().success(), "{name}.c compiles");
    (folder, library)
}
