//! Programs of the system.

use std::path::{Path, PathBuf};

/// Returns the path of a system program. Debian installs some outside an ordinary user's path.
pub(crate) fn installed(name: &str) -> PathBuf {
    let beside = ["/usr/sbin", "/usr/local/sbin"].map(|folder| Path::new(folder).join(name));
    beside
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| PathBuf::from(name))
}
