//! The settings of mail.

use std::collections::BTreeSet;
use std::path::PathBuf;

use persistence::OnUnknown;
use secrecy::SecretString;
use serde::Deserialize;

use crate::error::ConfigError;
use crate::variables::{AT_LEAST_ONE, Variables};

/// The settings of mail.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// The destination of mail: `smtps://user:password@host`, `smtp://host:25`, `file:folder`. Without it, no mail is
    /// sent.
    pub smtp_url: Option<SecretString>,
    /// A file of PEM certificates of an authority to trust beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// The seconds to wait for the mail server's answer to a command.
    pub command_timeout_secs: u64,
    /// The name in the greeting of the mail server. Without it, the machine's full name or its address is used.
    pub ehlo_name: Option<String>,
    /// `From`: `Acme <billing@acme.example>`.
    pub from: Option<String>,
    /// `Reply-To`.
    pub reply_to: Option<String>,
    /// The address that bounces come to. It must accept `+` and more after its name.
    pub bounce_address: Option<String>,
    /// The colleagues who look after payments and Dunlin.
    pub admin: Vec<String>,
    /// The colleagues who look after customers that left.
    pub sales: Vec<String>,
    /// The kinds of notices that are not sent.
    pub off: BTreeSet<String>,
    /// The seconds that a notice is held before it is due.
    pub hold_secs: u32,
    /// The seconds that a cancellation is held before anybody is told. The customer may still give a reason in Stripe's
    /// portal, or stay.
    pub cancellation_hold_secs: u32,
    /// The seconds in which a tenant is sent at most one dunning mail. 0 means no limit.
    pub min_interval_secs: u32,
    /// The policy for a mail that the server may or may not have taken.
    pub on_unknown: OnUnknown,
    /// The number of attempts after which a notice is given up.
    pub max_attempts: u32,
    /// The wait after the first failure, in seconds. It doubles with each failure.
    pub retry_first_secs: u32,
    /// The longest wait between two attempts, in seconds.
    pub retry_max_secs: u32,
    /// The seconds that a worker has for one mail.
    pub lease_secs: u32,
    /// The number of mails in progress at once.
    pub concurrency: u32,
    /// The header by which the mail server recognizes a mail that it already took.
    pub idempotency_header: Option<String>,
    /// The seconds for which the mail server recognizes it.
    pub idempotency_window_secs: u32,
    /// A folder of templates and locales that replace Dunlin's own.
    pub templates: Option<PathBuf>,
    /// The product's name, as customers know it.
    pub product_name: Option<String>,
    /// The page where a customer changes the card.
    pub billing_url: Option<String>,
    /// The address at which customers get help.
    pub support_email: Option<String>,
    /// The days for which data is kept after a subscription ended.
    pub data_retention_days: Option<u32>,
    /// The origins that mails may link to, beside Stripe's.
    pub link_origins: Vec<String>,
}

/// The file's `[mail]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MailSection {
    smtp_url: Option<SecretString>,
    ca_file: Option<PathBuf>,
    command_timeout_secs: Option<u64>,
    ehlo_name: Option<String>,
    from: Option<String>,
    reply_to: Option<String>,
    bounce_address: Option<String>,
    admin: Vec<String>,
    sales: Vec<String>,
    off: Option<Vec<String>>,
    hold_secs: Option<u32>,
    cancellation_hold_secs: Option<u32>,
    min_interval_secs: Option<u32>,
    on_unknown: Option<UnknownPolicy>,
    max_attempts: Option<u32>,
    retry_first_secs: Option<u32>,
    retry_max_secs: Option<u32>,
    lease_secs: Option<u32>,
    concurrency: Option<u32>,
    idempotency_header: Option<String>,
    idempotency_window_secs: Option<u32>,
    templates: Option<PathBuf>,
    product_name: Option<String>,
    billing_url: Option<String>,
    support_email: Option<String>,
    data_retention_days: Option<u32>,
    link_origins: Vec<String>,
}

/// [`OnUnknown`], as it is written.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UnknownPolicy {
    Resend,
    Hold,
}

impl From<UnknownPolicy> for OnUnknown {
    fn from(written: UnknownPolicy) -> Self {
        match written {
            UnknownPolicy::Resend => Self::Resend,
            UnknownPolicy::Hold => Self::Hold,
        }
    }
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 27] = [
    ("DUNLIN_SMTP_URL", true),
    ("DUNLIN_SMTP_CA_FILE", false),
    ("DUNLIN_SMTP_COMMAND_TIMEOUT_SECS", false),
    ("DUNLIN_MAIL_EHLO_NAME", false),
    ("DUNLIN_MAIL_FROM", false),
    ("DUNLIN_MAIL_REPLY_TO", false),
    ("DUNLIN_MAIL_BOUNCE_ADDRESS", false),
    ("DUNLIN_MAIL_ADMIN", false),
    ("DUNLIN_MAIL_SALES", false),
    ("DUNLIN_MAIL_OFF", false),
    ("DUNLIN_MAIL_HOLD_SECS", false),
    ("DUNLIN_MAIL_CANCELLATION_HOLD_SECS", false),
    ("DUNLIN_MAIL_MIN_INTERVAL_SECS", false),
    ("DUNLIN_MAIL_ON_UNKNOWN", false),
    ("DUNLIN_MAIL_MAX_ATTEMPTS", false),
    ("DUNLIN_MAIL_RETRY_FIRST_SECS", false),
    ("DUNLIN_MAIL_RETRY_MAX_SECS", false),
    ("DUNLIN_MAIL_LEASE_SECS", false),
    ("DUNLIN_MAIL_CONCURRENCY", false),
    ("DUNLIN_MAIL_IDEMPOTENCY_HEADER", false),
    ("DUNLIN_MAIL_IDEMPOTENCY_WINDOW_SECS", false),
    ("DUNLIN_MAIL_TEMPLATES", false),
    ("DUNLIN_MAIL_PRODUCT_NAME", false),
    ("DUNLIN_MAIL_BILLING_URL", false),
    ("DUNLIN_MAIL_SUPPORT_EMAIL", false),
    ("DUNLIN_MAIL_DATA_RETENTION_DAYS", false),
    ("DUNLIN_MAIL_LINK_ORIGINS", false),
];

/// The kinds that are off by default. The SaaS has its own welcome mail, and Stripe reminds of an invoice if that is
/// set up.
const OFF_BY_DEFAULT: [&str; 2] = ["trial_started", "invoice_due_soon"];
const SECONDS: &str = "a number of seconds";

impl MailConfig {
    pub(crate) fn load(section: MailSection, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let text = |name, from_file: Option<String>| variables.text(name).map(str::to_owned).or(from_file);
        let path = |name, from_file: Option<PathBuf>| variables.text(name).map(PathBuf::from).or(from_file);
        let number = |name, wanted, from_file: Option<u32>| -> Result<Option<u32>, ConfigError> {
            Ok(variables.parsed(name, wanted)?.or(from_file))
        };
        let secs = |name, from_file, default: u32| Ok(number(name, SECONDS, from_file)?.unwrap_or(default));
        Ok(Self {
            smtp_url: variables.secret("DUNLIN_SMTP_URL")?.or(section.smtp_url),
            ca_file: path("DUNLIN_SMTP_CA_FILE", section.ca_file),
            command_timeout_secs: variables
                .parsed("DUNLIN_SMTP_COMMAND_TIMEOUT_SECS", SECONDS)?
                .or(section.command_timeout_secs)
                .unwrap_or(30),
            ehlo_name: ehlo_name(variables, section.ehlo_name)?,
            from: text("DUNLIN_MAIL_FROM", section.from),
            reply_to: text("DUNLIN_MAIL_REPLY_TO", section.reply_to),
            bounce_address: text("DUNLIN_MAIL_BOUNCE_ADDRESS", section.bounce_address),
            admin: variables.list("DUNLIN_MAIL_ADMIN", section.admin),
            sales: variables.list("DUNLIN_MAIL_SALES", section.sales),
            off: kinds_off(variables, section.off)?,
            hold_secs: secs("DUNLIN_MAIL_HOLD_SECS", section.hold_secs, 60)?,
            cancellation_hold_secs: secs("DUNLIN_MAIL_CANCELLATION_HOLD_SECS", section.cancellation_hold_secs, 120)?,
            min_interval_secs: secs("DUNLIN_MAIL_MIN_INTERVAL_SECS", section.min_interval_secs, 12 * 60 * 60)?,
            on_unknown: on_unknown(variables)?
                .or(section.on_unknown)
                .map_or(OnUnknown::Resend, OnUnknown::from),
            max_attempts: variables.at_least_one("DUNLIN_MAIL_MAX_ATTEMPTS", AT_LEAST_ONE, section.max_attempts, 12)?,
            retry_first_secs: secs("DUNLIN_MAIL_RETRY_FIRST_SECS", section.retry_first_secs, 60)?,
            retry_max_secs: secs("DUNLIN_MAIL_RETRY_MAX_SECS", section.retry_max_secs, 4 * 60 * 60)?,
            lease_secs: lease_secs(variables, section.lease_secs)?,
            concurrency: variables.at_least_one("DUNLIN_MAIL_CONCURRENCY", AT_LEAST_ONE, section.concurrency, 4)?,
            idempotency_header: text("DUNLIN_MAIL_IDEMPOTENCY_HEADER", section.idempotency_header),
            idempotency_window_secs: secs(
                "DUNLIN_MAIL_IDEMPOTENCY_WINDOW_SECS",
                section.idempotency_window_secs,
                24 * 60 * 60,
            )?,
            templates: path("DUNLIN_MAIL_TEMPLATES", section.templates),
            product_name: text("DUNLIN_MAIL_PRODUCT_NAME", section.product_name),
            billing_url: text("DUNLIN_MAIL_BILLING_URL", section.billing_url),
            support_email: text("DUNLIN_MAIL_SUPPORT_EMAIL", section.support_email),
            data_retention_days: number(
                "DUNLIN_MAIL_DATA_RETENTION_DAYS",
                "a number of days",
                section.data_retention_days,
            )?,
            link_origins: variables.list("DUNLIN_MAIL_LINK_ORIGINS", section.link_origins),
        })
    }
}

/// Returns the lease. One that is too short would end before a mail could be handed over.
fn lease_secs(variables: &Variables<'_>, from_file: Option<u32>) -> Result<u32, ConfigError> {
    let (name, wanted) = ("DUNLIN_MAIL_LEASE_SECS", "a number of seconds, at least 10");
    let secs = variables.parsed(name, wanted)?.or(from_file).unwrap_or(300);
    (secs >= 10).then_some(secs).ok_or(ConfigError::Variable {
        name: name.to_owned(),
        wanted,
    })
}

/// Returns the name for the greeting. Mail servers refuse a name without a domain (Postfix's
/// `reject_non_fqdn_helo_hostname`).
fn ehlo_name(variables: &Variables<'_>, from_file: Option<String>) -> Result<Option<String>, ConfigError> {
    const NAME: &str = "DUNLIN_MAIL_EHLO_NAME";
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_full = |name: &String| name.contains('.') && name.split('.').all(is_label);
    match variables.text(NAME).map(str::to_owned).or(from_file) {
        Some(name) if !is_full(&name) => Err(ConfigError::Variable {
            name: NAME.to_owned(),
            wanted: "a full name, like app.acme.example",
        }),
        name => Ok(name),
    }
}

/// Returns the kinds that are off, by name. `none` stands for no kind.
fn kinds_off(variables: &Variables<'_>, from_file: Option<Vec<String>>) -> Result<BTreeSet<String>, ConfigError> {
    let default = from_file.unwrap_or_else(|| OFF_BY_DEFAULT.map(str::to_owned).to_vec());
    let kinds: BTreeSet<String> = variables.list("DUNLIN_MAIL_OFF", default).into_iter().collect();
    let unknown = kinds
        .iter()
        .any(|kind| kind != "none" && !subscription::notices::NoticeContent::KINDS.contains(&kind.as_str()));
    if unknown {
        return Err(ConfigError::Variable {
            name: "DUNLIN_MAIL_OFF".to_owned(),
            wanted: "kinds of notices, comma-separated, or `none`; docs/api.md lists the kinds",
        });
    }
    Ok(kinds)
}

fn on_unknown(variables: &Variables<'_>) -> Result<Option<UnknownPolicy>, ConfigError> {
    match variables.text("DUNLIN_MAIL_ON_UNKNOWN") {
        None => Ok(None),
        Some("resend") => Ok(Some(UnknownPolicy::Resend)),
        Some("hold") => Ok(Some(UnknownPolicy::Hold)),
        Some(_) => Err(ConfigError::Variable {
            name: "DUNLIN_MAIL_ON_UNKNOWN".to_owned(),
            wanted: "resend or hold",
        }),
    }
}
