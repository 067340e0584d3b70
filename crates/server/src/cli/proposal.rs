//! `dunlin tenant proposals`, `accept` and `dismiss`.

use std::process::ExitCode;

use clap::Args;
use configuration::Config;
use serde_json::Value;

use super::client::Access;
use super::say;
use super::table::{Listing, text};

/// The proposals to list.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Also list accepted and dismissed proposals
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    access: Access,
}

/// The proposal to decide about.
#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The proposal's number
    id: i64,
    #[command(flatten)]
    access: Access,
}

impl List {
    /// Lists the proposals.
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let client = self.access.client(config)?;
        let header = ["id", "tenant", "customer", "said by", "event", "at", "state", "because"];
        let proposals = client.list(&format!("/api/v1/proposals?limit=200&all={}", self.all))?;
        self.listing.show(&proposals, header, row);
        Ok(ExitCode::SUCCESS)
    }
}

fn row(proposal: &Value) -> [String; 8] {
    let fields = [
        "id",
        "tenant_id",
        "stripe_customer_id",
        "source",
        "event_id",
        "claimed_at",
        "state",
    ];
    let [id, tenant, customer, source, event, at, state] = fields.map(|field| text(proposal, field));
    [id, tenant, customer, source, event, at, state, conflict(proposal)]
}

/// Returns the reasons why the proposal cannot be accepted.
fn conflict(proposal: &Value) -> String {
    let held_by = proposal["customer_held_by"].as_str();
    let holds = proposal["tenant_holds"].as_str();
    let because = [
        held_by.map(|other| format!("the customer is bound to tenant {other}")),
        holds.map(|other| format!("the tenant is bound to customer {other}")),
    ];
    because.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

impl Decide {
    /// Makes the server accept or dismiss the proposal.
    pub(super) fn run(&self, what: &str, config: &Config) -> anyhow::Result<ExitCode> {
        let path = format!("/api/v1/proposals/{}/{what}", self.id);
        let proposal = self.access.client(config)?.post(&path)?;
        let [tenant, customer, state] = ["tenant_id", "stripe_customer_id", "state"].map(|field| text(&proposal, field));
        say(format_args!(
            "proposal {} (tenant {tenant}, customer {customer}) is {state}",
            self.id
        ));
        Ok(ExitCode::SUCCESS)
    }
}
