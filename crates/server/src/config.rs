//! Configuration: one TOML file, overridden by `DUNLIN_…` variables, read once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use intake::AccountFilter;
use persistence::PostgresOptions;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subscription::Policy;
use telemetry::LogFormat;

mod access;
mod binding;
mod doctor;
mod link;
mod log;
mod mail;
mod mistake;
mod postgres;
mod stripe_api;
mod unknown;
mod variables;

use access::AccessSection;
pub(crate) use binding::BindingConfig;
use binding::BindingSection;
pub(crate) use doctor::DoctorConfig;
use doctor::DoctorSection;
pub(crate) use link::LinkConfig;
use link::LinkSection;
pub(crate) use log::DEFAULT_LOG;
use log::LogFormatWord;
pub(crate) use mail::MailConfig;
use mail::MailSection;
pub(crate) use mistake::Mistake;
use postgres::PostgresSection;
use stripe_api::ReconcileSection;
pub(crate) use stripe_api::{ReconcileConfig, StripeApi};
use variables::Variables;

/// Everything that can be configured. Printing it shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The URL of the database.
    pub database_url: SecretString,
    /// The seconds that a server waits for the database when it starts.
    pub database_wait_secs: u64,
    /// The options of the database, if it is PostgreSQL.
    pub postgres: PostgresOptions,
    /// The keys that callers of the API bear.
    pub api_keys: Vec<SecretString>,
    /// The webhook endpoint's signing secrets; several while one is being rolled.
    pub webhook_secrets: Vec<SecretString>,
    /// The seconds that a delivery's signed time may be off.
    pub signature_tolerance_secs: u64,
    /// The events that have an effect.
    pub filter: AccountFilter,
    /// The settings by which tenants are bound other than by the API.
    pub binding: BindingConfig,
    /// The settings of calls to Stripe. `None`: Stripe is not asked.
    pub stripe_api: Option<StripeApi>,
    /// The settings of reconciliation.
    pub reconcile: ReconcileConfig,
    /// The settings of the doctor.
    pub doctor: DoctorConfig,
    /// The policy by which access is decided.
    pub policy: Policy,
    /// The settings of mail.
    pub mail: MailConfig,
    /// The settings of pay links.
    pub link: LinkConfig,
    /// The log filter, as `tracing` has it.
    pub log: String,
    /// The format of the log.
    pub log_format: LogFormat,
}

/// The reason why the configuration cannot be used. Its text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file has the wrong form. The source names the line.
    #[error("{} is not a configuration", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The mistake, and its place.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A variable's value cannot be used.
    #[error("{name} must be {wanted}")]
    Variable {
        /// The variable.
        name: String,
        /// The form that the value must have.
        wanted: &'static str,
    },
    /// A required secret is missing or blank.
    #[error("{0}")]
    Missing(&'static str),
    /// The file that a `…_FILE` variable names could not be used.
    #[error("{name} names {}, which cannot be read", path.display())]
    SecretFile {
        /// The variable.
        name: String,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file that a `…_FILE` variable names is empty.
    #[error("{name} names {}, which is empty", path.display())]
    EmptyFile {
        /// The variable.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A setting has the form of something else.
    #[error(transparent)]
    Mistaken(Mistake),
}

/// A configuration, and warnings about what looks like a mistake.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The warnings, one sentence each.
    pub warnings: Vec<String>,
}

/// The process's environment, as read once by `main`.
pub(crate) type Environment = BTreeMap<String, String>;

/// Returns the environment of this process, without variables that are not Unicode.
#[expect(clippy::disallowed_methods, reason = "this is where configuration is read")]
pub(crate) fn environment() -> Environment {
    let readable = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    readable.collect()
}

/// The file, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<SocketAddr>,
    database_url: Option<SecretString>,
    database_wait_secs: Option<u64>,
    api_keys: Vec<SecretString>,
    log: Option<String>,
    log_format: Option<LogFormatWord>,
    public_url: Option<String>,
    postgres: PostgresSection,
    stripe: StripeSection,
    binding: BindingSection,
    reconcile: ReconcileSection,
    doctor: DoctorSection,
    access: AccessSection,
    mail: MailSection,
    link: LinkSection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StripeSection {
    webhook_secrets: Vec<SecretString>,
    signature_tolerance_secs: Option<u64>,
    livemode: Option<bool>,
    account: Option<String>,
    api_key: Option<SecretString>,
    api_url: Option<String>,
    timeout_secs: Option<u32>,
}

/// The default address to listen on.
pub(crate) const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8000);
const DEFAULT_DATABASE_URL: &str = "sqlite://dunlin.db";
const DEFAULT_DATABASE_WAIT_SECS: u64 = 60;

impl Config {
    /// Reads the file, if there is one, and the environment over it.
    ///
    /// # Errors
    /// [`ConfigError`] says what to correct.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Loaded, ConfigError> {
        let file = file.map(read_file).transpose()?.unwrap_or_default();
        let variables = Variables { environment };
        let binding = BindingConfig::load(file.binding, &variables)?;
        let mail = MailConfig::load(file.mail, &variables)?;
        let config = Self {
            listen: variables
                .parsed("DUNLIN_LISTEN", "an address and port, like 127.0.0.1:8000")?
                .or(file.listen)
                .unwrap_or(DEFAULT_LISTEN),
            database_url: variables
                .secret("DUNLIN_DATABASE_URL")?
                .or(file.database_url)
                .unwrap_or_else(|| DEFAULT_DATABASE_URL.into()),
            database_wait_secs: variables
                .parsed("DUNLIN_DATABASE_WAIT_SECS", "a number of seconds")?
                .or(file.database_wait_secs)
                .unwrap_or(DEFAULT_DATABASE_WAIT_SECS),
            postgres: variables.postgres(&file.postgres)?,
            api_keys: variables.secrets("DUNLIN_API_KEYS", file.api_keys)?,
            stripe_api: StripeApi::load(&file.stripe, &variables)?,
            reconcile: ReconcileConfig::load(&file.reconcile, &variables)?,
            doctor: DoctorConfig::load(&file.doctor, &variables)?,
            webhook_secrets: variables.secrets("DUNLIN_STRIPE_WEBHOOK_SECRETS", file.stripe.webhook_secrets)?,
            signature_tolerance_secs: variables
                .parsed("DUNLIN_STRIPE_SIGNATURE_TOLERANCE_SECS", "a number of seconds")?
                .or(file.stripe.signature_tolerance_secs)
                .unwrap_or(stripe_signature::DEFAULT_TOLERANCE_SECS),
            filter: AccountFilter {
                livemode: variables
                    .parsed("DUNLIN_STRIPE_LIVEMODE", "true or false")?
                    .or(file.stripe.livemode),
                account: variables
                    .text("DUNLIN_STRIPE_ACCOUNT")
                    .map(str::to_owned)
                    .or(file.stripe.account),
                metadata_key: binding.metadata_key.clone(),
            },
            binding,
            policy: variables.policy(&file.access)?,
            link: LinkConfig::load(file.public_url, file.link, mail.bounce_address.is_some(), &variables)?,
            mail,
            log: variables
                .text("DUNLIN_LOG")
                .map(str::to_owned)
                .or(file.log)
                .unwrap_or_else(|| DEFAULT_LOG.to_owned()),
            log_format: variables
                .log_format()?
                .or(file.log_format)
                .map_or(LogFormat::Auto, LogFormat::from),
        };
        Ok(Loaded {
            config,
            warnings: unknown::unknown(environment),
        })
    }

    /// Checks that everything a server needs is set and has the right form. A server never runs unsigned or open.
    ///
    /// # Errors
    /// One sentence that says what to set.
    pub fn check_secrets(&self) -> Result<(), ConfigError> {
        match self.lacking().next() {
            Some(lacking) => Err(ConfigError::Missing(lacking)),
            None => self.check_forms(),
        }
    }

    /// Returns what a server needs and lacks, one sentence each.
    pub fn lacking(&self) -> impl Iterator<Item = &'static str> {
        let is_short = |key: &SecretString| key.expose_secret().len() < MIN_API_KEY_BYTES;
        let lacking = [
            (self.webhook_secrets.is_empty(), NO_WEBHOOK_SECRET),
            (self.api_keys.is_empty(), NO_API_KEY),
            (self.api_keys.iter().any(is_short), SHORT_API_KEY),
        ];
        lacking.into_iter().filter(|(is_so, _)| *is_so).map(|(_, says)| says)
    }
}

const NO_WEBHOOK_SECRET: &str = "no webhook secret: set DUNLIN_STRIPE_WEBHOOK_SECRETS to the endpoint's signing secret (whsec_…), as shown by Stripe or `stripe listen`";
const NO_API_KEY: &str = "no API key: set DUNLIN_API_KEYS to a long random text that your services will send as a bearer token";
const SHORT_API_KEY: &str = "an API key in DUNLIN_API_KEYS is too short: use at least 16 characters";
const MIN_API_KEY_BYTES: usize = 16;

fn read_file(path: &Path) -> Result<File, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|source| ConfigError::File {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

#[cfg(test)]
mod tests;
