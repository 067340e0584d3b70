//! The place of a server's data.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use test_support::postgres;

use super::binaries::{command, command_of};

/// The kind of a server's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// Returns an empty PostgreSQL database with the current schema. Copying it is faster than migrating each test's own.
fn migrated() -> &'static str {
    static MIGRATED: OnceLock<String> = OnceLock::new();
    MIGRATED.get_or_init(|| {
        let url = postgres::cluster().new_database();
        let folder = tempfile::tempdir().unwrap();
        let mut migrate = command(folder.path());
        let migrated = migrate.arg("migrate").env("DUNLIN_DATABASE_URL", &url).output().unwrap();
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        url
    })
}

/// A folder, and a database that nobody else uses.
pub(crate) struct Home {
    pub(super) folder: tempfile::TempDir,
    pub(super) database_url: String,
}

impl Home {
    pub(super) fn new(database: Database) -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database_url = match database {
            Database::Sqlite => format!("sqlite://{}", folder.path().join("acceptance.db").display()),
            Database::Postgres => postgres::cluster().new_database_like(migrated()),
        };
        Arc::new(Self { folder, database_url })
    }

    pub(super) fn command(&self, binary: &Path) -> Command {
        let mut command = command_of(binary, self.folder.path());
        command.env("DUNLIN_DATABASE_URL", &self.database_url);
        command
    }
}
