//! The command line: one binary, with its roles as subcommands.

#![expect(clippy::print_stderr, reason = "the command line speaks to whoever typed it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use configuration::{Config, Environment, environment};
use intake::audit::{self, Report};
use intake::clock;
use persistence::{EventFilter, Store, StoreError, database_file};
use rustix::fs::Mode;
use rustix::process::umask;
use secrecy::ExposeSecret;
use wording::{counted, moment};

use crate::app::{Role, Running, ServeError};

mod backup;
mod bounce;
mod client;
mod dev;
mod doctor;
mod import;
mod mail;
mod migrate;
mod notice;
mod proposal;
mod reconcile;
mod restore;
mod settling;
mod sync;
mod table;
mod tenant;
mod trigger;

const AFTER_HELP: &str = "\
First steps, without Stripe:
  dunlin dev                                        a server on its own folder, with a demo tenant
  dunlin trigger customer.subscription.created      (in another terminal) a signed event, as Stripe sends it
  dunlin tenant show demo                           what the tenant is now, and why

With Stripe's test mode:
  stripe listen --forward-to localhost:8000/api/v1/stripe/webhook     prints a whsec_… secret
  DUNLIN_STRIPE_WEBHOOK_SECRETS=whsec_… dunlin dev
  stripe trigger invoice.payment_failed

In production:
  DUNLIN_STRIPE_WEBHOOK_SECRETS=whsec_… DUNLIN_API_KEYS=… dunlin serve";

/// Keeps a SaaS's tenants' Stripe subscriptions true, in whatever order Stripe delivers.
#[derive(Debug, Parser)]
#[command(name = "dunlin", version, after_help = AFTER_HELP)]
pub struct CommandLine {
    /// The configuration file [default: dunlin.toml here, if there is one]
    #[arg(long, global = true, env = "DUNLIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    ///
    /// Needs a webhook secret and an API key, from the environment or a configuration file, and never runs without
    /// them: an unsigned webhook endpoint lets anyone cancel anyone's subscription.
    Serve(Serve),
    /// Run everything here and now: its own folder and secrets, a demo tenant, and commands to try next.
    Dev(dev::Dev),
    /// Update the database's schema (`serve` does so by itself), or revert steps of it.
    Migrate(migrate::Migrate),
    /// Send a signed event as Stripe would: an offline `stripe trigger`.
    Trigger(trigger::Trigger),
    /// Make, list and show tenants.
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// Ask Stripe about one tenant, now.
    Sync(sync::Sync),
    /// Fetch from Stripe what webhooks missed, correct it, and report it.
    ///
    /// Works on the database, beside a server or without one; needs a Stripe API key. Mails about changes older than a
    /// day (or as configured) are recorded and not sent. A server with a Stripe API key does so by itself.
    Reconcile(reconcile::Reconcile),
    /// Import the customers of an existing Stripe account as tenants.
    ///
    /// Lists its customers, makes the missing tenants, and reads all subscriptions and open invoices. Works on the
    /// database; needs a Stripe API key. Conflicts are shown and left alone, and the exit code is then 1.
    Import(import::Import),
    /// Check the configuration, here and at Stripe, for anything that loses events or soon will; each finding says what
    /// to do.
    ///
    /// Checks Dunlin's own side first (settings, database, disk, mail server), then Stripe's. Changes nothing. Exits
    /// with 1 if there is something to correct. Without a Stripe API key it says what it cannot check.
    Doctor(doctor::DoctorCommand),
    /// List the owed notices, and decide about those that wait for a person.
    #[command(subcommand)]
    Notice(notice::NoticeCommand),
    /// Preview, check and look at mails.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Check that the stored state is what the events amount to: stored state == fold(facts), for every customer.
    ///
    /// Also counts subscriptions with missing events. Reads only; can run beside a working server. Exits with 1 if
    /// anything differs.
    Audit,
    /// Copy the SQLite database into a file, even while a server works on it, and audit the copy.
    ///
    /// The copy holds everything that was committed at one instant, in one file. A plain copy of the database's file
    /// does not: the latest commits are in another file (`…-wal`). Exits with 1 if the audit finds differences; the
    /// copy is kept even then.
    Backup(backup::Backup),
    /// Audit a copy that `dunlin backup` made, and put it in the database's place.
    ///
    /// Refuses while anybody uses the database, and, unless forced, if there is one with events or tenants.
    Restore(restore::Restore),
    /// Delete the bodies of events that were received more than 35 days ago, and fold older facts into one for each
    /// subscription; current state is kept.
    ///
    /// A server does so by itself, once a day. Can run beside a working server.
    Prune,
}

/// The part of the server to run.
#[derive(Debug, Args)]
struct Serve {
    /// web accepts webhooks and API calls; worker sends owed mails; all does both
    #[arg(long, value_enum, default_value_t)]
    role: Role,
}

/// Runs the command of the command line.
///
/// # Errors
/// The reason of the failure, for [`complain`].
pub fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    // The database, its log and the mails are customers' data. Only the user who starts the process may read the files
    // it makes.
    umask(Mode::RWXG | Mode::RWXO);
    let environment = environment();
    let file = command_line.config;
    match command_line.command {
        Command::Serve(serve) => block_on(serve.run(&load(file.or_else(config_here).as_deref(), &environment)?)),
        Command::Dev(dev) => block_on(dev.run(&environment)),
        Command::Migrate(migrate) => {
            let config = load(file.or_else(any_config_here).as_deref(), &environment)?;
            block_on(migrate.run(&config))
        }
        Command::Trigger(trigger) => trigger.run(&load(file.or_else(any_config_here).as_deref(), &environment)?),
        Command::Tenant(tenant) => tenant.run(&load(file.or_else(any_config_here).as_deref(), &environment)?),
        Command::Sync(sync) => sync.run(&load(file.or_else(any_config_here).as_deref(), &environment)?),
        Command::Reconcile(reconcile) => {
            let config = load(file.or_else(any_config_here).as_deref(), &environment)?;
            block_on(reconcile.run(&config))
        }
        Command::Import(import) => {
            let config = load(file.or_else(any_config_here).as_deref(), &environment)?;
            block_on(import.run(&config))
        }
        Command::Doctor(doctor) => {
            let loaded = Config::load(file.or_else(any_config_here).as_deref(), &environment);
            block_on(doctor.run(loaded))
        }
        Command::Notice(notice) => notice.run(&load(file.or_else(any_config_here).as_deref(), &environment)?),
        Command::Mail(mail) => mail.run(load(file.or_else(any_config_here).as_deref(), &environment)),
        Command::Backup(backup) => {
            let config = load(file.or_else(any_config_here).as_deref(), &environment)?;
            block_on(backup.run(&config))
        }
        Command::Restore(restore) => {
            let config = load(file.or_else(any_config_here).as_deref(), &environment)?;
            block_on(restore.run(&config))
        }
        Command::Prune => block_on(prune(load(file.or_else(any_config_here).as_deref(), &environment)?)),
        Command::Audit => block_on(run_audit(load(file.or_else(any_config_here).as_deref(), &environment)?)),
    }
}

/// Prints an error and its causes for the person at the terminal. It leaves out a cause that the error above it
/// repeats.
pub fn complain(error: &anyhow::Error) {
    let mut said = error.to_string();
    eprintln!("error: {said}");
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.ends_with(&cause) {
            eprintln!("  because: {cause}");
        }
        said = cause;
    }
}

/// Prints a line. It is no error if the reader stops reading (`| head`).
fn say(line: std::fmt::Arguments<'_>) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn block_on(future: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.context("cannot start the runtime")?.block_on(Box::pin(future))
}

fn load(file: Option<&Path>, environment: &Environment) -> anyhow::Result<Config> {
    let loaded = Config::load(file, environment)?;
    for warning in loaded.warnings {
        eprintln!("warning: {warning}");
    }
    loaded.config.check_forms()?;
    for mistake in loaded.config.mistakes() {
        eprintln!("warning: {mistake}");
    }
    Ok(loaded.config)
}

fn existing(path: &Path) -> Option<PathBuf> {
    path.is_file().then(|| path.to_owned())
}

fn config_here() -> Option<PathBuf> {
    existing(Path::new("dunlin.toml"))
}

/// Returns the configuration here, or else that of a `dunlin dev` here, for commands that run beside a server.
fn any_config_here() -> Option<PathBuf> {
    config_here().or_else(|| existing(&Path::new(dev::DEFAULT_DIR).join(dev::CONFIG_FILE)))
}

impl Serve {
    async fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let _logging = telemetry::start(&config.log, config.log_format);
        let running = match Running::start(config, self.role).await {
            Err(ServeError::Stopped) => return Ok(ExitCode::SUCCESS),
            started => started?,
        };
        if let Some(address) = running.address() {
            tracing::info!(%address, "listening");
        } else {
            tracing::info!("working");
        }
        running.run_until_signal().await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Opens the database, which must exist.
async fn open_existing(config: &Config) -> anyhow::Result<Store> {
    let url = config.database_url.expose_secret();
    if let Some(file) = database_file(url).filter(|file| !file.exists()) {
        anyhow::bail!(
            "there is no database at {}: `dunlin serve` or `dunlin migrate` makes it, or DUNLIN_DATABASE_URL is to say where it is",
            file.display()
        );
    }
    Ok(Store::connect_existing(url, config.postgres).await?)
}

/// Opens the database, which must have the schema of this version.
async fn open_migrated(config: &Config) -> anyhow::Result<Store> {
    let store = open_existing(config).await?;
    let pending = store.pending_migrations().await?;
    anyhow::ensure!(
        pending.is_empty(),
        "the database has no schema of this version yet: run `dunlin migrate`"
    );
    Ok(store)
}

async fn prune(config: Config) -> anyhow::Result<ExitCode> {
    let store = open_migrated(&config).await?;
    let pruned = workers::prune(&store, clock::now()).await?;
    say(format_args!("{} deleted", counted(pruned, "body", "bodies")));
    let compacted = workers::compact(&store, clock::now()).await?;
    say(format_args!("{} folded away", counted(compacted, "fact", "facts")));
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn run_audit(config: Config) -> anyhow::Result<ExitCode> {
    let store = open_migrated(&config).await?;
    let report = audit::audit(&store).await?;
    store.close().await?;
    tell(&report);
    Ok(verdict(&report))
}

/// Prints the result of an audit.
fn tell(report: &Report) {
    for told in &report.told_of_two {
        say(format_args!("note: {told}"));
    }
    for difference in &report.differences {
        say(format_args!("{difference}"));
    }
    if report.gaps + report.doubts > 0 {
        say(format_args!(
            "{} with a gap, {} in doubt: events of them never came, or cannot be put in order",
            counted(report.gaps, "subscription", "subscriptions"),
            report.doubts
        ));
    }
    say(format_args!(
        "{}, {}: {}",
        counted(report.customers, "customer", "customers"),
        counted(report.events, "event", "events"),
        counted(report.differences.len(), "difference", "differences")
    ));
}

fn verdict(report: &Report) -> ExitCode {
    if report.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Describes how much is in the inbox.
async fn inbox(store: &Store) -> Result<String, StoreError> {
    let events = store.inbox().count().await?;
    let newest = store.inbox().list(&EventFilter::default(), 1).await?;
    Ok(match newest.first() {
        Some(event) => format!(
            "{events} events, the last received at {}",
            moment(event.received_at.as_micros())
        ),
        None => "no events".to_owned(),
    })
}
