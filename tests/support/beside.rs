//! Other programs at a server's database.

use std::process::{Command, Output};

use sqlx::Connection;

use super::STRIPE_KEY;
use super::app::App;
use super::binaries::dunlin;

impl App {
    /// Runs `dunlin audit`. Returns true if it found everything right, and its output.
    pub(crate) fn audit(&self) -> (bool, String) {
        let output = self.run_beside("audit");
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    }

    /// Returns the error with which `dunlin audit` refuses to begin.
    pub(crate) fn audit_refused(&self) -> String {
        let output = self.run_beside("audit");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Returns the URL of its database.
    pub(crate) fn database_url(&self) -> &str {
        &self.home.database_url
    }

    /// Runs `dunlin prune`, and returns its output.
    pub(crate) fn prune(&self) -> String {
        let output = self.run_beside("prune");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes a command of `dunlin` on the server's own database, with these variables.
    pub(crate) fn command_beside(&self, variables: &[(&str, &str)]) -> Command {
        let mut beside = self.home.command(dunlin());
        beside.envs(self.environment.iter().cloned()).envs(variables.iter().copied());
        beside
    }

    /// Runs `dunlin reconcile` against the API at this URL. Returns true if it finished, and its output.
    pub(crate) fn reconcile(&self, url: &str, arguments: &[&str]) -> (bool, String) {
        let mut command = self.command_beside(&[
            STRIPE_KEY,
            ("DUNLIN_STRIPE_API_URL", url),
            ("DUNLIN_STRIPE_LIVEMODE", "false"),
        ]);
        let output = command.arg("reconcile").args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    /// Returns true if the database that the killed server left can be opened and is right.
    pub(crate) fn database_is_whole(&self) -> bool {
        self.run_beside("migrate").status.success() && self.run_beside("audit").status.success()
    }

    fn run_beside(&self, command: &str) -> Output {
        self.command_beside(&[]).arg(command).output().unwrap()
    }

    /// Takes a lock that every delivery and every worker needs, as another program might, until the result is dropped.
    pub(crate) fn hold_write_lock(&self) -> WriteLock {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connection = runtime.block_on(async {
            let mut connection = LockHolder::connect(&self.home.database_url).await;
            match &mut connection {
                LockHolder::Sqlite(connection) => sqlx::raw_sql("BEGIN IMMEDIATE").execute(connection).await.map(drop),
                LockHolder::Postgres(connection) => {
                    let lock = "BEGIN; LOCK TABLE stripe_event, outbox IN EXCLUSIVE MODE";
                    sqlx::raw_sql(lock).execute(connection).await.map(drop)
                }
            }
            .unwrap();
            connection
        });
        WriteLock {
            _connection: connection,
            _runtime: runtime,
        }
    }
}

/// A lock that another program holds.
pub(crate) struct WriteLock {
    _connection: LockHolder,
    _runtime: tokio::runtime::Runtime,
}

enum LockHolder {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl LockHolder {
    async fn connect(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite(sqlx::SqliteConnection::connect(url).await.unwrap())
        } else {
            Self::Postgres(sqlx::PgConnection::connect(url).await.unwrap())
        }
    }
}
