//! `dunlin sync`

use std::process::ExitCode;

use clap::Args;

use super::client::Access;
use super::say;
use super::table::text;
use crate::config::Config;

/// Which tenant to ask about.
#[derive(Debug, Args)]
pub(super) struct Sync {
    /// The tenant's id
    id: String,
    #[command(flatten)]
    access: Access,
}

impl Sync {
    /// Has the server ask.
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let id = &self.id;
        let synced = self.access.client(config)?.post(&format!("/api/v1/tenants/{id}/sync"))?;
        let [read, accepted] = ["read", "accepted"].map(|field| text(&synced, field));
        say(format_args!("{id}: {read} subscriptions read, {accepted} told something new"));
        if synced["again"].as_u64().is_some_and(|again| again > 0) {
            let again = text(&synced, "again");
            say(format_args!(
                "{again} are changing right now and are read again in a few seconds"
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}
