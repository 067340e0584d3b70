//! Configuration: one TOML file, overridden by `DUNLIN_…` variables, read once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use intake::AccountFilter;
use persistence::PostgresOptions;
use secrecy::SecretString;
use serde::Deserialize;
use subscription::access::Policy;
use telemetry::LogFormat;

use crate::access::AccessSection;
use crate::binding::{BindingConfig, BindingSection};
use crate::doctor::{DoctorConfig, DoctorSection};
use crate::environment::Environment;
use crate::error::ConfigError;
use crate::link::{LinkConfig, LinkSection};
use crate::log::{DEFAULT_LOG, LogFormatWord};
use crate::mail::{MailConfig, MailSection};
use crate::postgres::PostgresSection;
use crate::reconcile::{ReconcileConfig, ReconcileSection};
use crate::stripe_api::{StripeApi, StripeSection};
use crate::unknown;
use crate::variables::Variables;

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

/// A configuration, and warnings about what looks like a mistake.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The warnings, one sentence each.
    pub warnings: Vec<String>,
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

/// The default address to listen on.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8000);
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
}

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
