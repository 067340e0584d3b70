//! `dunlin doctor`

use std::process::ExitCode;

use clap::Args;
use configuration::{ConfigError, Loaded};
use doctor::{Finding, Report};
use http_api::ReportView;

use super::say;
use crate::check_up::check_up;

/// The format of the findings.
#[derive(Debug, Args)]
pub(super) struct DoctorCommand {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

impl DoctorCommand {
    /// Runs the checks, and fails if there is something to correct. A configuration that cannot be read is a finding
    /// too.
    pub(super) async fn run(&self, loaded: Result<Loaded, ConfigError>) -> anyhow::Result<ExitCode> {
        let report = check_up(loaded).await;
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
