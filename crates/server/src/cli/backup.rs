//! `dunlin backup`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use configuration::Config;
use intake::audit;
use persistence::{DatabaseCopy, Store};
use secrecy::ExposeSecret;

use super::{inbox, say, tell, verdict};

/// The refusal for PostgreSQL, with the command to use instead.
const PG_DUMP: &str = "PostgreSQL is backed up by its own tools: pg_dump --format=custom --file=FILE DATABASE_URL";

/// The destination of the copy.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to make; it must not exist yet
    file: PathBuf,
}

impl Backup {
    /// Copies the database, audits the copy, and keeps it.
    pub(super) async fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let url = config.database_url.expose_secret();
        anyhow::ensure!(!url.starts_with("postgres"), PG_DUMP);
        anyhow::ensure!(!self.file.exists(), "{} is there already", self.file.display());
        let store = Store::connect_existing(url, config.postgres)
            .await
            .context("there is nothing to back up")?;
        anyhow::ensure!(
            store.pending_migrations().await?.is_empty(),
            "the database has no schema of this version: back it up with the version that made it, or run `dunlin migrate` first"
        );
        let copy = DatabaseCopy::of(&store, &self.file).await?;
        store.close().await?;
        let copied = copy.open().await?;
        copied.check_integrity().await.context("the copy is not kept")?;
        let report = audit::audit(&copied).await?;
        let inbox = inbox(&copied).await?;
        copied.close().await?;
        let bytes = copy.keep(&self.file).await?;
        tell(&report);
        say(format_args!("{}: {bytes} bytes, {inbox}", self.file.display()));
        Ok(verdict(&report))
    }
}
