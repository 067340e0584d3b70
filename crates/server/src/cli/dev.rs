//! `dunlin dev`: everything, here and now.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use persistence::{Contact, Role, TenantUpdate};
use rand::distr::{Alphanumeric, SampleString};
use secrecy::ExposeSecret;
use subscription::{CustomerId, TenantId};

use super::say;
use crate::app::{self, Running};
use crate::clock;
use crate::config::{Config, Environment};
use crate::telemetry;

/// Where `dev` keeps its things, and where the other commands look for them.
pub(super) const DEFAULT_DIR: &str = ".dunlin";
/// The configuration in that folder.
pub(super) const CONFIG_FILE: &str = "dev.toml";

/// Run everything here and now.
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// The folder for the database and the generated secrets
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
    /// Where to listen [default: 127.0.0.1:8000]
    #[arg(long)]
    listen: Option<SocketAddr>,
}

/// Letters and digits in a generated secret: 190 bits.
const SECRET_LEN: usize = 32;

impl Dev {
    /// Runs until it is stopped.
    pub(super) async fn run(&self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let file = self.dir.join(CONFIG_FILE);
        let is_new = !file.is_file();
        if is_new {
            self.write_config(&file)?;
        }
        let mut config = Config::load(Some(&file), &without_secrets(environment))?.config;
        config.listen = self.listen.unwrap_or(config.listen);
        accept_more_secrets(&mut config, environment)?;
        let _logging = telemetry::start(&config);
        let running = Running::start(&config, app::Role::All).await?;
        let address = running.address().unwrap_or(config.listen);
        make_demo_tenant(&running).await?;
        say(format_args!("{}", greeting(&config, address, &file, is_new)));
        running.run_until_signal().await?;
        Ok(ExitCode::SUCCESS)
    }

    /// Makes the folder and, readable by nobody else, the configuration with secrets of its own.
    fn write_config(&self, file: &Path) -> anyhow::Result<()> {
        let dir = &self.dir;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.with_context(|| format!("cannot make the folder {}", dir.display()))?;
        let secret = || Alphanumeric.sample_string(&mut rand::rng(), SECRET_LEN);
        let (database, mails) = (dir.join("dunlin.db"), dir.join("mails"));
        let text = format!(
            "# Written once by `dunlin dev`; delete this folder to start anew.\n\
             listen = \"127.0.0.1:8000\"\n\
             database_url = \"sqlite://{}\"\n\
             api_keys = [\"dunlin_{}\"]\n\
             public_url = \"http://127.0.0.1:8000\"\n\n\
             [link]\n\
             secrets = [\"link_{}\"]\n\n\
             [stripe]\n\
             webhook_secrets = [\"whsec_{}\"]\n\
             livemode = false\n\n\
             [mail]\n\
             smtp_url = \"file:{}\"\n\
             from = \"Acme <billing@example.com>\"\n\
             product_name = \"Acme\"\n\
             admin = [\"admin@example.com\"]\n\
             sales = [\"sales@example.com\"]\n\
             # At once and every time, so that there is something to see.\n\
             hold_secs = 0\n\
             min_interval_secs = 0\n",
            database.display(),
            secret(),
            secret(),
            secret(),
            mails.display()
        );
        let opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        let written = opened.and_then(|mut opened| opened.write_all(text.as_bytes()));
        written.with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Its own secrets hold for `dev`; those of the environment, `stripe listen`'s above all, hold beside them.
fn accept_more_secrets(config: &mut Config, environment: &Environment) -> anyhow::Result<()> {
    let more = Config::load(None, environment)?;
    config.webhook_secrets.extend(more.config.webhook_secrets);
    config.api_keys.extend(more.config.api_keys);
    Ok(())
}

/// A tenant to play with, bound to the customer that `dunlin trigger` speaks of.
async fn make_demo_tenant(running: &Running) -> anyhow::Result<()> {
    let id = TenantId::parse("demo")?;
    if running.store.tenant(&id).await?.is_some() {
        return Ok(());
    }
    let contact = |role, email: &str, name: &str| Contact {
        role,
        email: email.to_owned(),
        name: name.to_owned(),
    };
    let update = TenantUpdate {
        name: Some("Demo Rowing Club".to_owned()),
        stripe_customer_id: Some(Some(CustomerId::new("cus_demo"))),
        livemode: Some(false),
        contacts: Some(vec![
            contact(Role::Owner, "owner@example.com", "Olivia Owner"),
            contact(Role::Billing, "billing@example.com", "Bo Billing"),
        ]),
        ..TenantUpdate::default()
    };
    running.store.put_tenant(&id, &update, clock::now()).await?;
    Ok(())
}

fn own_name() -> String {
    std::env::args().next().unwrap_or_else(|| "dunlin".to_owned())
}

fn greeting(config: &Config, address: SocketAddr, file: &Path, is_new: bool) -> String {
    let dunlin = own_name();
    let secrets = match (config.webhook_secrets.first(), config.api_keys.first()) {
        (Some(secret), Some(key)) if is_new => format!(
            "\n  webhook secret  {}\n  API key         {}\n  (shown this once; kept in {})\n",
            secret.expose_secret(),
            key.expose_secret(),
            file.display()
        ),
        _ => format!("\n  secrets as in {}\n", file.display()),
    };
    format!(
        "Dunlin is listening on http://{address}\n{secrets}\n\
         Try, in another terminal:\n\
         \n  {dunlin} trigger customer.subscription.created\
         \n  {dunlin} tenant show demo\
         \n  {dunlin} trigger invoice.payment_failed\
         \n  {dunlin} mail list\n\
         \nWith Stripe's own test mode: stripe listen --forward-to {address}/api/v1/stripe/webhook\n\
         (then start this with DUNLIN_STRIPE_WEBHOOK_SECRETS set to the secret it prints)\n"
    )
}

/// The environment without what `dev` decides itself.
fn without_secrets(environment: &Environment) -> Environment {
    let own = ["DUNLIN_STRIPE_WEBHOOK_SECRETS", "DUNLIN_API_KEYS", "DUNLIN_DATABASE_URL"];
    let is_own = |name: &str| own.contains(&name.strip_suffix("_FILE").unwrap_or(name));
    let others = environment.iter().filter(|(name, _)| !is_own(name));
    others.map(|(name, value)| (name.clone(), value.clone())).collect()
}
