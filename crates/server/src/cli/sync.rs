//! `dunlin sync`

use std::process::ExitCode;

use clap::Args;
use configuration::Config;
use wording::counted;

use super::client::Access;
use super::say;

/// The tenant to ask about.
#[derive(Debug, Args)]
pub(super) struct Sync {
    /// The tenant's id
    id: String,
    #[command(flatten)]
    access: Access,
}

impl Sync {
    /// Makes the server ask Stripe about the tenant.
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let id = &self.id;
        let synced = self.access.client(config)?.post(&format!("/api/v1/tenants/{id}/sync"))?;
        let [read, accepted, again] = ["read", "accepted", "again"].map(|field| synced[field].as_u64().unwrap_or_default());
        let read = counted(read, "subscription", "subscriptions");
        say(format_args!("{id}: {read} read, {accepted} told something new"));
        if again > 0 {
            let they = counted(again, "is changing right now and is", "are changing right now and are");
            say(format_args!("{they} read again in a few seconds"));
        }
        Ok(ExitCode::SUCCESS)
    }
}
