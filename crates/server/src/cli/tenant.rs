//! `dunlin tenant …`

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use configuration::Config;
use serde_json::{Map, Value, json};

use super::client::Access;
use super::table::{Listing, items, table, text};
use super::{proposal, say};

/// The commands about tenants.
#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// List the tenants.
    List(List),
    /// Show a tenant: its status, its access and the reason, its notices, and the history of its state.
    Show(Show),
    /// Make or update a tenant.
    Put(Box<PutTenant>),
    /// List open proposals: tenants named by Stripe's objects, waiting for a decision.
    Proposals(proposal::List),
    /// Bind the tenant to the customer, as proposed.
    Accept(proposal::Decide),
    /// Decide against a proposal; the same claim does not make it again.
    Dismiss(proposal::Decide),
}

/// The tenants to list.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only tenants whose subscription has this status
    #[arg(long)]
    status: Option<String>,
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    access: Access,
}

/// The tenant to show.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The tenant's id
    id: String,
    /// Print the API's JSON instead
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

/// The new values of a tenant. Omitted values stay as they are.
#[derive(Debug, Args)]
pub(super) struct PutTenant {
    /// The tenant's id
    id: String,
    /// The tenant's name
    #[arg(long)]
    name: Option<String>,
    /// The Stripe customer to bind the tenant to
    #[arg(long, value_name = "cus_…")]
    customer: Option<String>,
    /// The tenant's language, as a BCP 47 tag
    #[arg(long)]
    locale: Option<String>,
    /// The tenant's time zone, as an IANA name
    #[arg(long)]
    timezone: Option<String>,
    /// A contact, as ROLE:EMAIL with role owner, billing or technical; may be repeated, and replaces all contacts
    #[arg(long = "contact", value_name = "ROLE:EMAIL")]
    contacts: Vec<String>,
    #[command(flatten)]
    access: Access,
}

impl TenantCommand {
    /// Runs the command.
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => list.run(config),
            Self::Show(show) => show.run(config),
            Self::Put(put) => put.run(config),
            Self::Proposals(list) => list.run(config),
            Self::Accept(decide) => decide.run("accept", config),
            Self::Dismiss(decide) => decide.run("dismiss", config),
        }
    }
}

impl List {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let client = self.access.client(config)?;
        let header = ["tenant", "name", "status", "subscription", "customer", "updated", "note"];
        let status = self.status.as_ref().map(|status| format!("&status={status}"));
        let tenants = client.list(&format!("/api/v1/tenants?limit=200{}", status.unwrap_or_default()))?;
        self.listing.show(&tenants, header, row);
        Ok(ExitCode::SUCCESS)
    }
}

fn row(tenant: &Value) -> [String; 7] {
    let fields = [
        "id",
        "name",
        "subscription_status",
        "stripe_subscription_id",
        "stripe_customer_id",
        "updated_at",
    ];
    let [id, name, status, subscription, customer, updated] = fields.map(|field| text(tenant, field));
    [id, name, status, subscription, customer, updated, note(tenant).to_owned()]
}

impl Show {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let client = self.access.client(config)?;
        let id = &self.id;
        let missing = || format!("there is no tenant {id}");
        let tenant = client.get(&format!("/api/v1/tenants/{id}"))?.with_context(missing)?;
        let access = client.get(&format!("/api/v1/tenants/{id}/access"))?.with_context(missing)?;
        let timeline = client
            .get(&format!("/api/v1/tenants/{id}/timeline?limit=20"))?
            .with_context(missing)?;
        let notices = client
            .get(&format!("/api/v1/notices?tenant_id={id}&limit=200"))?
            .unwrap_or_default();
        if self.json {
            let all = json!({"tenant": tenant, "access": access, "timeline": timeline["data"], "notices": notices["data"]});
            say(format_args!("{all:#}"));
            return Ok(ExitCode::SUCCESS);
        }
        say(format_args!("{}", summary(&tenant, &access)));
        say(format_args!("\nNotices owed\n{}", notice_table(&notices)));
        say(format_args!("\nTimeline, newest first\n{}", timeline_table(&timeline)));
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the note on a tenant whose state is not certain.
fn note(tenant: &Value) -> &'static str {
    if tenant["certain"] == false {
        "in doubt"
    } else if tenant["gap"] == true {
        "gap"
    } else {
        ""
    }
}

fn summary(tenant: &Value, access: &Value) -> Table {
    let mut summary = Table::new();
    summary.load_style(presets::NOTHING);
    let allowed = if access["allowed"] == true { "allowed" } else { "blocked" };
    let reason = format!(
        "{allowed}: {} ({})",
        text(&access["reason"], "message"),
        text(&access["reason"], "code")
    );
    summary.add_row(["tenant", &text(tenant, "id")]);
    summary.add_row(["customer", &text(tenant, "stripe_customer_id")]);
    summary.add_row(["subscription", &text(tenant, "stripe_subscription_id")]);
    summary.add_row(["status", &text(tenant, "subscription_status")]);
    summary.add_row(["access", &reason]);
    if let Some(until) = access["valid_until"].as_str() {
        let then = if access["then"]["allowed"] == true {
            "allowed"
        } else {
            "blocked"
        };
        summary.add_row([
            "until",
            &format!("{until}, then {then} ({})", text(&access["then"]["reason"], "code")),
        ]);
    }
    summary.add_row(["trial end", &text(tenant, "trial_end")]);
    if let Some(dunning) = access["dunning"].as_object() {
        let dunning = Value::Object(dunning.clone());
        let (invoice, attempt) = (text(&dunning, "invoice_id"), text(&dunning, "attempt_count"));
        let next = text(&dunning, "next_payment_attempt");
        summary.add_row(["dunning", &format!("{invoice}, attempt {attempt} failed, next {next}")]);
    }
    if tenant["certain"] == false || tenant["gap"] == true {
        summary.add_row([
            "note",
            "events are missing or in doubt; the next one, or a read of Stripe's API, settles it",
        ]);
    }
    summary
}

fn notice_table(notices: &Value) -> Table {
    let mut table = table(["kind", "to", "state", "decided", "by event"]);
    for notice in items(notices) {
        table.add_row(["kind", "audience", "state", "created_at", "event_id"].map(|field| text(notice, field)));
    }
    table
}

fn timeline_table(timeline: &Value) -> Table {
    let mut table = table(["at", "what", "from", "to", "because of"]);
    for entry in items(timeline) {
        let cause = entry["cause"]["id"]
            .as_str()
            .or(entry["cause"]["kind"].as_str())
            .unwrap_or_default();
        let [at, what, from, to] = ["at", "what", "from", "to"].map(|field| text(entry, field));
        table.add_row([at, what, from, to, cause.to_owned()]);
    }
    table
}

impl PutTenant {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let client = self.access.client(config)?;
        let mut body = Map::new();
        let fields = [
            ("name", &self.name),
            ("stripe_customer_id", &self.customer),
            ("locale", &self.locale),
            ("timezone", &self.timezone),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                body.insert(field.to_owned(), json!(value));
            }
        }
        if !self.contacts.is_empty() {
            let contacts: Vec<Value> = self
                .contacts
                .iter()
                .map(|contact| contact_body(contact))
                .collect::<Result<_, _>>()?;
            body.insert("contacts".to_owned(), json!(contacts));
        }
        let tenant = client.put(&format!("/api/v1/tenants/{}", self.id), &Value::Object(body))?;
        say(format_args!("{tenant:#}"));
        Ok(ExitCode::SUCCESS)
    }
}

fn contact_body(contact: &str) -> anyhow::Result<Value> {
    let (role, email) = contact
        .split_once(':')
        .context("a contact is ROLE:EMAIL, like billing:anna@example.com")?;
    Ok(json!({"role": role, "email": email}))
}
