//! `dunlin dev`: everything in one process and one folder.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use configuration::{Config, DEFAULT_LISTEN, DEFAULT_LOG, Environment};
use intake::clock;
use persistence::{Contact, Role, TenantUpdate};
use rand::distr::{Alphanumeric, SampleString};
use secrecy::ExposeSecret;
use subscription::{CustomerId, TenantId};
use url::Url;

use super::{config_here, say};
use crate::app::{self, Running};

/// The folder that `dev` keeps its files in, and that other commands search.
pub(super) const DEFAULT_DIR: &str = ".dunlin";
/// The name of the configuration file in that folder.
pub(super) const CONFIG_FILE: &str = "dev.toml";

/// The options of a server with its own folder.
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// The folder for the database and the generated secrets
    #[arg(long, default_value = DEFAULT_DIR)]
    dir: PathBuf,
    /// The address to listen on [default: the one used before in this folder, at first 127.0.0.1:8000]
    #[arg(long)]
    listen: Option<SocketAddr>,
}

/// The letters and digits in a generated secret: 190 bits.
const SECRET_LEN: usize = 32;
/// The log filter if none is configured. It leaves out the starts and stops that the underlying libraries log.
const LOG: &str = "info,actix_server=warn,apalis_core=warn,sea_orm_migration=warn";

/// The product name in mails, also for a folder from before the name was required.
const PRODUCT: &str = "Acme";

impl Dev {
    /// Runs until it is stopped.
    pub(super) async fn run(&self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let file = self.dir.join(CONFIG_FILE);
        let is_new = !file.is_file();
        if is_new {
            self.write_config(&file)?;
        }
        let (config, kept) = self.configuration(&file, environment)?;
        // The greeting comes before the log, unless another log filter is configured.
        let asked_for = (config.log != DEFAULT_LOG).then(|| telemetry::start(&config.log, config.log_format));
        let running = Running::start(&config, app::Role::All).await?;
        make_demo_tenant(&running).await?;
        let greeting = Greeting {
            address: reachable(running.address().unwrap_or(config.listen)),
            kept: kept.listen,
            file: &file,
            is_found: config_here().is_none() && file == Path::new(DEFAULT_DIR).join(CONFIG_FILE),
        };
        say(format_args!("{}", greeting.text(&config, is_new)));
        let _logging = asked_for.unwrap_or_else(|| telemetry::start(LOG, config.log_format));
        running.run_until_signal().await?;
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the configuration of this run, and the one kept in the file. Links lead to the address of this run.
    fn configuration(&self, file: &Path, environment: &Environment) -> anyhow::Result<(Config, Config)> {
        let kept = Config::load(Some(file), &Environment::new())?.config;
        let mut config = Config::load(Some(file), &without_secrets(environment))?.config;
        config.listen = with_port(self.listen.unwrap_or(config.listen))?;
        if config.link.public_url == kept.link.public_url && kept.link.public_url == public_url(kept.listen) {
            config.link.public_url = public_url(config.listen);
        }
        accept_more_secrets(&mut config, environment)?;
        config.mail.product_name.get_or_insert_with(|| PRODUCT.to_owned());
        Ok((config, kept))
    }

    /// Makes the folder, and in it the configuration with new secrets. Nobody else can read them.
    fn write_config(&self, file: &Path) -> anyhow::Result<()> {
        let dir = &self.dir;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.with_context(|| format!("cannot make the folder {}", dir.display()))?;
        // A port that the system chooses holds for one run only.
        let listen = self.listen.filter(|listen| listen.port() != 0).unwrap_or(DEFAULT_LISTEN);
        let opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        let written = opened.and_then(|mut opened| opened.write_all(written_config(dir, listen).as_bytes()));
        written.with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Returns the text of a new configuration, with new secrets. It enables pay links only on a loopback address, where
/// nobody on the way can read them.
fn written_config(dir: &Path, listen: SocketAddr) -> String {
    let secret = || Alphanumeric.sample_string(&mut rand::rng(), SECRET_LEN);
    let (database, mails) = (dir.join("dunlin.db"), dir.join("mails"));
    let is_here = reachable(listen).ip().is_loopback();
    let url = public_url(listen).filter(|_| is_here);
    let (public_url, link) = match url {
        Some(url) => (
            format!("public_url = \"{}\"\n", url.as_str().trim_end_matches('/')),
            format!("[link]\nsecrets = [\"link_{}\"]\n\n", secret()),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "# Written once by `dunlin dev`; delete this folder to start anew.\n\
         listen = \"{listen}\"\n\
         database_url = \"sqlite://{}\"\n\
         api_keys = [\"dunlin_{}\"]\n\
         {public_url}\n\
         {link}\
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
        mails.display()
    )
}

/// Returns the address with a free port, if the system is to choose one. Links are made before the server listens, so
/// they need the port.
fn with_port(address: SocketAddr) -> anyhow::Result<SocketAddr> {
    if address.port() != 0 {
        return Ok(address);
    }
    let bound = TcpListener::bind(address).and_then(|listener| listener.local_addr());
    bound.with_context(|| format!("cannot listen on {address}"))
}

/// Returns the address at which this machine reaches a listener.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}

fn public_url(listening: SocketAddr) -> Option<Url> {
    Url::parse(&format!("http://{}", reachable(listening))).ok()
}

/// Adds the secrets of the environment, above all `stripe listen`'s, to `dev`'s own.
fn accept_more_secrets(config: &mut Config, environment: &Environment) -> anyhow::Result<()> {
    let more = Config::load(None, environment)?;
    config.webhook_secrets.extend(more.config.webhook_secrets);
    config.api_keys.extend(more.config.api_keys);
    Ok(())
}

/// Makes a tenant to try things on, bound to the customer in the events of `dunlin trigger`.
async fn make_demo_tenant(running: &Running) -> anyhow::Result<()> {
    let id = TenantId::parse("demo")?;
    if running.store.tenants().get(&id).await?.is_some() {
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
    running.store.tenants().put(&id, &update, clock::now()).await?;
    Ok(())
}

fn own_name() -> String {
    std::env::args().next().unwrap_or_else(|| "dunlin".to_owned())
}

/// The first output: the server's address, and commands that work as they stand.
struct Greeting<'a> {
    address: SocketAddr,
    /// The address at which other commands look for a server, by the file alone.
    kept: SocketAddr,
    file: &'a Path,
    /// True if other commands find the file by themselves.
    is_found: bool,
}

impl Greeting<'_> {
    fn text(&self, config: &Config, is_new: bool) -> String {
        let (address, secrets) = (self.address, self.secrets(config, is_new));
        let [create, show, fail, mails] = [
            self.command("trigger customer.subscription.created", true),
            self.command("tenant show demo", true),
            self.command("trigger invoice.payment_failed", true),
            self.command("mail list", false),
        ];
        format!(
            "Dunlin is listening on http://{address}\n{secrets}\n\
             Try, in another terminal, in this folder:\n\
             \n  {create}\
             \n  {show}\
             \n  {fail}\
             \n  {mails}\n\
             \nWith Stripe's own test mode: stripe listen --forward-to {address}/api/v1/stripe/webhook\n\
             (then start this with DUNLIN_STRIPE_WEBHOOK_SECRETS set to the secret it prints)\n"
        )
    }

    fn secrets(&self, config: &Config, is_new: bool) -> String {
        match (config.webhook_secrets.first(), config.api_keys.first()) {
            (Some(secret), Some(key)) if is_new => format!(
                "\n  webhook secret  {}\n  API key         {}\n  (shown this once; kept in {})\n",
                secret.expose_secret(),
                key.expose_secret(),
                self.file.display()
            ),
            _ => format!("\n  secrets as in {}\n", self.file.display()),
        }
    }

    /// Returns a command that finds this server. `calls` means that it calls the server.
    fn command(&self, what: &str, calls: bool) -> String {
        let mut command = own_name();
        if !self.is_found {
            command = format!("{command} --config '{}'", self.file.display());
        }
        command = format!("{command} {what}");
        if calls && self.address != reachable(self.kept) {
            command = format!("{command} --url http://{}", self.address);
        }
        command
    }
}

/// Returns the environment without the variables that `dev` decides itself.
fn without_secrets(environment: &Environment) -> Environment {
    let own = ["DUNLIN_STRIPE_WEBHOOK_SECRETS", "DUNLIN_API_KEYS", "DUNLIN_DATABASE_URL"];
    let is_own = |name: &str| own.contains(&name.strip_suffix("_FILE").unwrap_or(name));
    let others = environment.iter().filter(|(name, _)| !is_own(name));
    others.map(|(name, value)| (name.clone(), value.clone())).collect()
}
