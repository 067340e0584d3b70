//! `dunlin import`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use configuration::Config;
use reconcile::Reconciler;
use reconcile::import::{Came, Import as Done, Named, Naming};
use serde::Deserialize;
use subscription::{CustomerId, TenantId};
use wording::counted;
use wording::form::other_than;

use super::reconcile::{WAITING, bar, open, show};
use super::say;
use super::table::table;
use crate::stripe_api;

/// The naming of customers as tenants.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The metadata key by which customers or subscriptions name their tenant [default: the one of the configuration]
    #[arg(long, value_name = "KEY", conflicts_with = "csv")]
    metadata_key: Option<String>,
    /// A file of tenants and customers, with columns `tenant_id`, `stripe_customer_id` and, if you like, `name`
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write nothing, and report what would be bound
    #[arg(long)]
    dry_run: bool,
}

/// A line of the file.
#[derive(Deserialize)]
struct Line {
    tenant_id: String,
    stripe_customer_id: String,
    name: Option<String>,
}

impl Import {
    /// Imports, or reports what an import would do. It fails on a conflict, so that a script notices.
    pub(super) async fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let stripe = stripe_api::client(config)?.context("Stripe cannot be asked: set DUNLIN_STRIPE_API_KEY")?;
        let naming = match &self.csv {
            Some(file) => Naming::ByList(listed(file)?),
            None => Naming::ByMetadata(
                self.metadata_key
                    .clone()
                    .unwrap_or_else(|| config.binding.metadata_key.clone()),
            ),
        };
        let store = open(config).await?;
        let reconciler = Reconciler::try_new(stripe, store.clone(), &config.filter)?;
        let bar = bar("customers");
        let waiting = || bar.suspend(|| say(format_args!("{WAITING}")));
        let progress = |done, of| show(&bar, done, of);
        let done = reconciler.import(&naming, !self.dry_run, (&waiting, &progress)).await;
        bar.finish_and_clear();
        store.close().await?;
        Ok(self.report(&done?))
    }

    fn report(&self, done: &Done) -> ExitCode {
        let mut rows = table(["tenant", "customer", if self.dry_run { "would be" } else { "is" }]);
        let (mut conflicts, mut bound) = (0_u64, 0_u64);
        for one in &done.named {
            let came = match &one.came {
                Came::Made => "made and bound".to_owned(),
                Came::Bound => "bound".to_owned(),
                Came::AsBefore => "bound, as before".to_owned(),
                Came::CustomerTaken(other) => format!("a conflict: the customer is {other}'s"),
                Came::TenantHolds(other) => format!("a conflict: the tenant has {other}"),
            };
            match one.came {
                Came::CustomerTaken(_) | Came::TenantHolds(_) => conflicts += 1,
                Came::Made | Came::Bound => bound += 1,
                Came::AsBefore => {}
            }
            rows.add_row([one.tenant.as_str(), one.customer.as_str(), &came]);
        }
        if !done.named.is_empty() {
            say(format_args!("{rows}"));
        }
        let was = if self.dry_run {
            "would be bound; nothing was written"
        } else {
            "bound"
        };
        say(format_args!(
            "{}: {bound} {was}; {}, {} that nothing names a tenant for, {} that could not be read",
            counted(done.customers, "customer", "customers"),
            counted(conflicts, "conflict", "conflicts"),
            done.unnamed,
            done.unreadable.len()
        ));
        for sentence in &done.unreadable {
            say(format_args!("{sentence}"));
        }
        if let Some(objects) = &done.objects {
            let read = counted(objects.read, "subscription or invoice", "subscriptions and invoices");
            say(format_args!("{read} read"));
        }
        if conflicts == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Reads the tenants of the file, by their customers.
fn listed(file: &Path) -> anyhow::Result<BTreeMap<CustomerId, Named>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let mut names = BTreeMap::new();
    for line in reader.deserialize() {
        let line: Line = line.with_context(|| format!("{} is not a list of tenants and customers", file.display()))?;
        let tenant = TenantId::parse(&line.tenant_id).with_context(|| format!("{:?} in {}", line.tenant_id, file.display()))?;
        if let Some(other) = other_than(&["cus_", "acct_"], &line.stripe_customer_id) {
            bail!("the stripe_customer_id of {tenant} in {} is {other}", file.display());
        }
        let customer = CustomerId::new(line.stripe_customer_id);
        let name = line.name.filter(|name| !name.is_empty());
        if names.insert(customer.clone(), Named { tenant, name }).is_some() {
            bail!("{customer} is in {} twice", file.display());
        }
    }
    Ok(names)
}
