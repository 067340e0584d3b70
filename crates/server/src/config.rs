//! Configuration: one TOML file, overridden by `DUNLIN_…` variables, read once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use intake::AccountFilter;
use persistence::{Pooler, PostgresOptions};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subscription::Policy;

mod binding;
mod doctor;
mod link;
mod mail;
mod mistake;
mod stripe_api;

pub(crate) use binding::BindingConfig;
use binding::BindingSection;
pub(crate) use doctor::DoctorConfig;
use doctor::DoctorSection;
pub(crate) use link::LinkConfig;
use link::LinkSection;
pub(crate) use mail::MailConfig;
use mail::MailSection;
pub(crate) use mistake::Mistake;
use stripe_api::ReconcileSection;
pub(crate) use stripe_api::{ReconcileConfig, StripeApi};

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

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
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
    log_format: Option<LogFormat>,
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
struct PostgresSection {
    max_connections: Option<NonZeroU32>,
    statement_timeout_secs: Option<u32>,
    pooler: Option<PoolerWord>,
}

/// [`Pooler`], as it is written.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PoolerWord {
    None,
    Transaction,
}

impl From<PoolerWord> for Pooler {
    fn from(word: PoolerWord) -> Self {
        match word {
            PoolerWord::None => Self::None,
            PoolerWord::Transaction => Self::Transaction,
        }
    }
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

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AccessSection {
    payment_grace_secs: Option<u32>,
    trial_overrun_secs: Option<u32>,
    doubt_secs: Option<u32>,
    grace_while_paused: Option<bool>,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
const VARIABLES: [(&str, bool); 17] = [
    ("DUNLIN_LISTEN", false),
    ("DUNLIN_DATABASE_URL", true),
    ("DUNLIN_DATABASE_WAIT_SECS", false),
    ("DUNLIN_POSTGRES_MAX_CONNECTIONS", false),
    ("DUNLIN_POSTGRES_STATEMENT_TIMEOUT_SECS", false),
    ("DUNLIN_POSTGRES_POOLER", false),
    ("DUNLIN_API_KEYS", true),
    ("DUNLIN_STRIPE_WEBHOOK_SECRETS", true),
    ("DUNLIN_STRIPE_SIGNATURE_TOLERANCE_SECS", false),
    ("DUNLIN_STRIPE_LIVEMODE", false),
    ("DUNLIN_STRIPE_ACCOUNT", false),
    ("DUNLIN_ACCESS_PAYMENT_GRACE_SECS", false),
    ("DUNLIN_ACCESS_TRIAL_OVERRUN_SECS", false),
    ("DUNLIN_ACCESS_DOUBT_SECS", false),
    ("DUNLIN_ACCESS_GRACE_WHILE_PAUSED", false),
    ("DUNLIN_LOG", false),
    ("DUNLIN_LOG_FORMAT", false),
];

/// The variables that the command line reads.
const COMMAND_LINE_VARIABLES: [&str; 4] = ["DUNLIN_CONFIG", "DUNLIN_URL", "DUNLIN_WEBHOOK_SECRET", "DUNLIN_API_KEY"];

/// The default address to listen on.
pub(crate) const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8000);
const DEFAULT_DATABASE_URL: &str = "sqlite://dunlin.db";
const DEFAULT_DATABASE_WAIT_SECS: u64 = 60;
/// The default log filter.
pub(crate) const DEFAULT_LOG: &str = "info";

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
            log_format: variables.log_format()?.or(file.log_format).unwrap_or(LogFormat::Auto),
        };
        Ok(Loaded {
            config,
            warnings: variables.unknown(),
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

/// Reads the secret in a file that `…_FILE` names, without surrounding white space.
fn secret_of(name: &str, path: &Path) -> Result<SecretString, ConfigError> {
    let (name, path) = (name.to_owned(), path.to_owned());
    match std::fs::read_to_string(&path) {
        Ok(text) if text.trim().is_empty() => Err(ConfigError::EmptyFile { name, path }),
        Ok(text) => Ok(text.trim().into()),
        Err(source) => Err(ConfigError::SecretFile { name, path, source }),
    }
}

struct Variables<'a> {
    environment: &'a Environment,
}

impl Variables<'_> {
    /// Returns the value of a variable. A blank variable counts as unset.
    fn text(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str, wanted: &'static str) -> Result<Option<T>, ConfigError> {
        let parse = |text: &str| {
            text.parse().or(Err(ConfigError::Variable {
                name: name.to_owned(),
                wanted,
            }))
        };
        self.text(name).map(parse).transpose()
    }

    /// Returns a secret: the value itself, or the contents of the file that `…_FILE` names.
    fn secret(&self, name: &str) -> Result<Option<SecretString>, ConfigError> {
        if let Some(text) = self.text(name) {
            return Ok(Some(text.into()));
        }
        let name = format!("{name}_FILE");
        self.text(&name).map(|path| secret_of(&name, Path::new(path))).transpose()
    }

    /// Names the source of a secret's value: the variable, or `…_FILE` and the file that it names.
    fn source_of(&self, name: &str) -> String {
        let of_file = format!("{name}_FILE");
        match (self.text(name), self.text(&of_file)) {
            (None, Some(path)) => format!("{of_file} ({path})"),
            _ => name.to_owned(),
        }
    }

    fn policy(&self, from_file: &AccessSection) -> Result<Policy, ConfigError> {
        let defaults = Policy::default();
        let secs = |variable, from_file: Option<u32>, default| -> Result<i64, ConfigError> {
            let secs: Option<u32> = self.parsed(variable, "a number of seconds")?;
            Ok(secs.or(from_file).map_or(default, i64::from))
        };
        Ok(Policy {
            payment_grace_secs: secs(
                "DUNLIN_ACCESS_PAYMENT_GRACE_SECS",
                from_file.payment_grace_secs,
                defaults.payment_grace_secs,
            )?,
            trial_overrun_secs: secs(
                "DUNLIN_ACCESS_TRIAL_OVERRUN_SECS",
                from_file.trial_overrun_secs,
                defaults.trial_overrun_secs,
            )?,
            doubt_secs: secs("DUNLIN_ACCESS_DOUBT_SECS", from_file.doubt_secs, defaults.doubt_secs)?,
            grace_while_paused: self
                .parsed("DUNLIN_ACCESS_GRACE_WHILE_PAUSED", "true or false")?
                .or(from_file.grace_while_paused)
                .unwrap_or(defaults.grace_while_paused),
        })
    }

    fn postgres(&self, from_file: &PostgresSection) -> Result<PostgresOptions, ConfigError> {
        let defaults = PostgresOptions::default();
        let max_connections: Option<NonZeroU32> = self.parsed("DUNLIN_POSTGRES_MAX_CONNECTIONS", "a number, at least 1")?;
        Ok(PostgresOptions {
            max_connections: max_connections
                .or(from_file.max_connections)
                .map_or(defaults.max_connections, NonZeroU32::get),
            statement_timeout_secs: self
                .parsed("DUNLIN_POSTGRES_STATEMENT_TIMEOUT_SECS", "a number of seconds")?
                .or(from_file.statement_timeout_secs)
                .unwrap_or(defaults.statement_timeout_secs),
            pooler: self.pooler()?.or(from_file.pooler).map_or(defaults.pooler, Pooler::from),
        })
    }

    fn pooler(&self) -> Result<Option<PoolerWord>, ConfigError> {
        match self.text("DUNLIN_POSTGRES_POOLER") {
            None => Ok(None),
            Some("none") => Ok(Some(PoolerWord::None)),
            Some("transaction") => Ok(Some(PoolerWord::Transaction)),
            Some(_) => Err(ConfigError::Variable {
                name: "DUNLIN_POSTGRES_POOLER".to_owned(),
                wanted: "none or transaction",
            }),
        }
    }

    /// Returns comma-separated secrets, or those of the file if the variable is unset.
    fn secrets(&self, name: &str, from_file: Vec<SecretString>) -> Result<Vec<SecretString>, ConfigError> {
        let secrets = match self.secret(name)? {
            Some(text) => text.expose_secret().split(',').map(|part| part.trim().into()).collect(),
            None => from_file,
        };
        if secrets
            .iter()
            .any(|secret: &SecretString| secret.expose_secret().trim().is_empty())
        {
            let name = self.source_of(name);
            let wanted = "one or several secrets, comma-separated, none of them blank";
            return Err(ConfigError::Variable { name, wanted });
        }
        Ok(secrets)
    }

    /// Returns comma-separated texts, or those of the file if the variable is unset.
    fn list(&self, name: &str, from_file: Vec<String>) -> Vec<String> {
        match self.text(name) {
            Some(text) => text
                .split(',')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect(),
            None => from_file,
        }
    }

    fn log_format(&self) -> Result<Option<LogFormat>, ConfigError> {
        match self.text("DUNLIN_LOG_FORMAT") {
            None => Ok(None),
            Some("auto") => Ok(Some(LogFormat::Auto)),
            Some("human") => Ok(Some(LogFormat::Human)),
            Some("json") => Ok(Some(LogFormat::Json)),
            Some(_) => Err(ConfigError::Variable {
                name: "DUNLIN_LOG_FORMAT".to_owned(),
                wanted: "auto, human or json",
            }),
        }
    }

    /// Returns warnings about unknown `DUNLIN_…` variables, which are likely mistyped.
    fn unknown(&self) -> Vec<String> {
        let is_known = |name: &str| {
            let configures = VARIABLES
                .iter()
                .chain(&binding::VARIABLES)
                .chain(&mail::VARIABLES)
                .chain(&stripe_api::VARIABLES)
                .chain(&link::VARIABLES)
                .chain(&doctor::VARIABLES)
                .any(|(known, has_file)| match name.strip_prefix(known) {
                    Some("") => true,
                    Some("_FILE") => *has_file,
                    _ => false,
                });
            configures || COMMAND_LINE_VARIABLES.contains(&name)
        };
        let ours = self.environment.keys().filter(|name| name.starts_with("DUNLIN_"));
        ours.filter(|name| !is_known(name))
            .map(|name| format!("the variable {name} means nothing to dunlin; is it mistyped?"))
            .collect()
    }
}

#[cfg(test)]
mod tests;
