//! `dunlin notice …`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use configuration::Config;
use serde_json::Value;

use super::client::Access;
use super::say;
use super::table::{Listing, text};

/// The commands about notices.
#[derive(Debug, Subcommand)]
pub(super) enum NoticeCommand {
    /// List the notices, with their outcomes and reasons.
    List(List),
    /// Retry a dead or unknown notice, or send a pending one now.
    Retry(Decide),
    /// Drop a pending, dead or unknown notice: it will never be sent.
    Drop(Decide),
}

/// The notices to list.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only notices about this tenant
    #[arg(long)]
    tenant: Option<String>,
    /// Only notices in this state: pending, claimed, transmitting, sent, unknown, dead, superseded
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    access: Access,
}

/// The notice to decide about.
#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The notice's number
    id: i64,
    #[command(flatten)]
    access: Access,
}

impl NoticeCommand {
    /// Runs the command.
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => list.run(config),
            Self::Retry(decide) => decide.run("retry", config),
            Self::Drop(decide) => decide.run("drop", config),
        }
    }
}

impl List {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let client = self.access.client(config)?;
        let header = ["id", "tenant", "kind", "to", "state", "tries", "due or settled", "reason"];
        let filter = |name, value: &Option<String>| value.as_ref().map(|value| format!("&{name}={value}")).unwrap_or_default();
        let filters = format!("{}{}", filter("tenant_id", &self.tenant), filter("state", &self.state));
        let notices = client.list(&format!("/api/v1/notices?limit=200{filters}"))?;
        self.listing.show(&notices, header, row);
        Ok(ExitCode::SUCCESS)
    }
}

fn row(notice: &Value) -> [String; 8] {
    let at = if notice["settled_at"].is_null() {
        "due_at"
    } else {
        "settled_at"
    };
    let [id, tenant, kind, to, state, tries, at, reason] =
        ["id", "tenant_id", "kind", "audience", "state", "attempts", at, "reason"].map(|field| text(notice, field));
    let bounced = notice
        .get("bounced")
        .and_then(Value::as_array)
        .filter(|bounced| !bounced.is_empty());
    let reason = match bounced {
        Some(bounced) => bounced.iter().map(came_back).collect::<Vec<_>>().join("; "),
        None => reason,
    };
    [id, tenant, kind, to, state, tries, at, reason]
}

/// Describes a bounce. A server took the mail and it still did not arrive, so the bounce is the reason that counts.
fn came_back(bounced: &Value) -> String {
    let [email, status, reply] = ["email", "status", "reply"].map(|field| text(bounced, field));
    format!("bounced ({status}) for {email}: {reply}")
}

impl Decide {
    fn run(&self, what: &str, config: &Config) -> anyhow::Result<ExitCode> {
        let notice = self
            .access
            .client(config)?
            .post(&format!("/api/v1/notices/{}/{what}", self.id))?;
        let [kind, state, reason] = ["kind", "state", "reason"].map(|field| text(&notice, field));
        say(format_args!("notice {} ({kind}) is {state}: {reason}", self.id));
        Ok(ExitCode::SUCCESS)
    }
}
