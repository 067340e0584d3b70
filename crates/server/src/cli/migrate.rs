//! `dunlin migrate`

use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use configuration::Config;
use intake::{audit, clock};
use persistence::Store;
use secrecy::ExposeSecret;

use super::{open_existing, say};
use crate::opening::terms;

/// The direction of the migration.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Revert the newest STEPS of the schema, so that an older version can run; data that only they hold is deleted.
    /// Stop every server and make a backup first
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..))]
    down: Option<u32>,
}

impl Migrate {
    /// Brings the schema up to date, or takes steps back.
    pub(super) async fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        match self.down {
            None => up(config).await,
            Some(steps) => down(config, steps).await,
        }
    }
}

async fn up(config: &Config) -> anyhow::Result<ExitCode> {
    let store = Store::connect_with(config.database_url.expose_secret(), config.postgres)
        .await?
        .with_terms(terms(config));
    let pending = store.pending_migrations().await?;
    store.migrate().await?;
    audit::refold(&store, clock::now()).await?;
    match pending.as_slice() {
        [] => say(format_args!("The schema is up to date.")),
        applied => say(format_args!("Applied: {}", applied.join(", "))),
    }
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn down(config: &Config, steps: u32) -> anyhow::Result<ExitCode> {
    let store = open_existing(config).await?;
    let applied = store.applied_migrations().await?;
    let kept = applied.len().saturating_sub(usize::try_from(steps)?);
    // Reverting the first step would delete everything.
    ensure!(kept > 0, "there are only {} steps, and the first stays", applied.len());
    store.migrate_down(steps).await?;
    let taken: Vec<String> = applied.into_iter().skip(kept).rev().collect();
    say(format_args!("Taken back: {}", taken.join(", ")));
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}
