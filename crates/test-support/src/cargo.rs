//! cargo, called from a process that cargo runs.

use std::process::Command;

/// Makes a command of cargo without the variables that it set for this process. Build scripts that read those would run
/// again, and half of all crates be rebuilt, each time.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let is_of_us = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"]
            .iter()
            .any(|prefix| name.to_string_lossy().starts_with(prefix));
        if is_of_us {
            command.env_remove(name);
        }
    }
    command
}
