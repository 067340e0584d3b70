//! `dunlin restore`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use configuration::Config;
use intake::audit::{self, Report};
use intake::clock;
use persistence::{DatabaseCopy, RestoreTarget, Store, TargetState, database_file};
use secrecy::ExposeSecret;
use wording::in_one_line;

use super::{inbox, say, tell};
use crate::opening::terms;

/// The refusal for PostgreSQL, with the command to use instead.
const PG_RESTORE: &str =
    "PostgreSQL is restored by its own tools, into an empty database: pg_restore --no-owner --dbname=DATABASE_URL FILE";

/// The copy to put in the database's place.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The copy that `dunlin backup` made
    file: PathBuf,
    /// Replace the existing database, and accept differences in the copy
    #[arg(long)]
    force: bool,
}

impl Restore {
    /// Audits a copy of the backup, and puts it in the database's place.
    pub(super) async fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let url = config.database_url.expose_secret();
        anyhow::ensure!(!url.starts_with("postgres"), PG_RESTORE);
        let target = database_file(url).context("DUNLIN_DATABASE_URL names no file")?;
        anyhow::ensure!(!is_same(&self.file, &target), "{} is the database itself", target.display());
        let locked = RestoreTarget::take(&target).await?;
        self.check_state(locked.state(), &target)?;
        let copy = DatabaseCopy::of_file(&self.file, &target)?;
        let store = copy.open().await.with_context(|| self.no_backup())?;
        let (report, inbox) = self.check(&store.with_terms(terms(config))).await?;
        let bytes = copy.put(locked).await?;
        tell(&report);
        say(format_args!("{}: {bytes} bytes, {inbox}", target.display()));
        say(format_args!(
            "What happened after that is not in it: start the server, then run `dunlin reconcile`"
        ));
        Ok(ExitCode::SUCCESS)
    }

    fn check_state(&self, state: &TargetState, target: &Path) -> anyhow::Result<()> {
        let target = target.display();
        let there = match state {
            TargetState::Empty | TargetState::Database { events: 0, tenants: 0 } => return Ok(()),
            TargetState::Database { events, tenants } => format!("{target} has {events} events and {tenants} tenants"),
            TargetState::Unreadable(error) => format!("{target} cannot be read: {}", in_one_line(error)),
            TargetState::Leftover(file) => format!("{} is left of another database", file.display()),
        };
        anyhow::ensure!(self.force, "{there}; --force replaces it");
        Ok(())
    }

    /// Updates the copy, as a server would, and audits it.
    async fn check(&self, store: &Store) -> anyhow::Result<(Report, String)> {
        anyhow::ensure!(store.has_schema().await?, self.no_backup());
        store.check_integrity().await.with_context(|| self.no_backup())?;
        store.migrate().await?;
        audit::refold(store, clock::now()).await?;
        let report = audit::audit(store).await?;
        let inbox = inbox(store).await?;
        store.clone().close().await?;
        if !report.differences.is_empty() && !self.force {
            tell(&report);
            anyhow::bail!("the copy differs from what its events amount to; --force restores it all the same");
        }
        Ok((report, inbox))
    }

    fn no_backup(&self) -> String {
        format!("{} is no backup of a Dunlin database", self.file.display())
    }
}

fn is_same(file: &Path, target: &Path) -> bool {
    let same = fs::canonicalize(file).and_then(|file| Ok(file == fs::canonicalize(target)?));
    same.unwrap_or(false)
}
