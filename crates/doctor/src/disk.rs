//! The free space where SQLite keeps its file.

use std::path::Path;

use crate::finding::{Finding, Severity};

pub(crate) const ID: &str = "disk";

const MIB: u64 = 1024 * 1024;
/// The size, in bytes, that the write-ahead log may reach before it is copied into the database.
const LITTLE: u64 = 64 * MIB;
/// The size, in bytes, of some hundred thousand events.
const LOW: u64 = 512 * MIB;

/// Checks the free space. Returns `None` if the file system does not tell it.
pub(crate) fn check(database: &Path) -> Option<Finding> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let space = rustix::fs::statvfs(folder).ok()?;
    Some(judge(folder, space.f_bavail.saturating_mul(space.f_frsize)))
}

fn judge(folder: &Path, free_bytes: u64) -> Finding {
    let says = format!(
        "{} MiB are free in {}, where the database is",
        free_bytes / MIB,
        folder.display()
    );
    let severity = match free_bytes {
        ..LITTLE => Severity::Error,
        LITTLE..LOW => Severity::Warning,
        LOW.. => return Finding::ok(ID, says),
    };
    let fix = "make room on that disk: on a full one every delivery is answered 503 until there is some";
    Finding::of(severity, ID, says, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_a_warning_and_hardly_any_an_error() {
        let severity = |mib| judge(Path::new("/data"), mib * MIB).severity;
        assert_eq!(severity(0), Severity::Error);
        assert_eq!(severity(63), Severity::Error);
        assert_eq!(severity(64), Severity::Warning);
        assert_eq!(severity(512), Severity::Ok);
    }

    #[test]
    fn the_folder_of_a_file_without_one_is_where_we_are() {
        assert!(check(Path::new("dunlin.db")).unwrap().says.contains(" in ., "));
        assert!(check(Path::new("/no/such/folder/dunlin.db")).is_none());
    }
}
