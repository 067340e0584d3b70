//! `dunlin doctor`

use std::process::ExitCode;

use clap::Args;
use persistence::Store;
use secrecy::ExposeSecret;

use super::say;
use crate::config::Config;
use crate::doctor::{Doctor, Finding, Report};
use crate::stripe_api;
use crate::views::ReportView;

/// How to tell what was found.
#[derive(Debug, Args)]
pub(super) struct DoctorCommand {
    /// For programs
    #[arg(long)]
    json: bool,
}

impl DoctorCommand {
    /// Looks, and fails if there is something to put right.
    pub(super) async fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let stripe = stripe_api::client(config)?;
        // Without a database that is ready, what it could tell is left out.
        let store = Store::connect_existing(config.database_url.expose_secret(), config.postgres)
            .await
            .ok();
        let ready = match &store {
            Some(store) => store.is_migrated().await?,
            None => false,
        };
        let report = Doctor::new(config, stripe.as_ref(), store.as_ref().filter(|_| ready))
            .examine()
            .await;
        if let Some(store) = store {
            store.close().await?;
        }
        if self.json {
            say(format_args!("{}", serde_json::to_string_pretty(&ReportView::of(&report))?));
        } else {
            tell(&report);
        }
        Ok(if report.is_well() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn tell(report: &Report) {
    for Finding { id, severity, says, fix } in &report.findings {
        say(format_args!("{:<8} {id}: {says}", severity.as_str()));
        if let Some(fix) = fix {
            say(format_args!("{:<8} → {fix}", ""));
        }
    }
}
