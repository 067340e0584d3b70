//! The settings of pay links.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Host, Url};

use crate::error::ConfigError;
use crate::variables::Variables;

/// The settings of pay links.
#[derive(Clone, Debug)]
pub struct LinkConfig {
    /// Dunlin's own root as customers reach it: https, or http on this machine only.
    pub public_url: Option<Url>,
    /// The secrets that sign links and the addresses of bounces. The first one signs; all are accepted. Without any, no
    /// links are made.
    pub secrets: Vec<SecretString>,
    /// The days for which a link holds.
    pub lifetime_days: u16,
}

/// The file's `[link]`. `public_url` is not in it, because it is Dunlin's own for any use.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LinkSection {
    secrets: Vec<SecretString>,
    lifetime_days: Option<u16>,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 3] = [
    ("DUNLIN_PUBLIC_URL", false),
    ("DUNLIN_LINK_SECRETS", true),
    ("DUNLIN_LINK_LIFETIME_DAYS", false),
];

/// The default lifetime: Stripe's longest schedule of retries, eight weeks
/// (<https://docs.stripe.com/billing/revenue-recovery/smart-retries>), and a few days more.
const DEFAULT_LIFETIME_DAYS: u16 = 60;
const MAX_LIFETIME_DAYS: u16 = 365;
const MIN_SECRET_BYTES: usize = 32;

impl LinkConfig {
    /// Loads the settings. `signs_more` means that the secrets also sign something else.
    pub(crate) fn load(
        public_url: Option<String>,
        section: LinkSection,
        signs_more: bool,
        variables: &Variables<'_>,
    ) -> Result<Self, ConfigError> {
        let public_url = variables.text("DUNLIN_PUBLIC_URL").map(str::to_owned).or(public_url);
        let config = Self {
            public_url: public_url.as_deref().map(parse_public_url).transpose()?,
            secrets: variables.secrets("DUNLIN_LINK_SECRETS", section.secrets)?,
            lifetime_days: lifetime_days(variables, section.lifetime_days)?,
        };
        let is_short = |secret: &SecretString| secret.expose_secret().trim().len() < MIN_SECRET_BYTES;
        if config.secrets.iter().any(is_short) {
            return Err(ConfigError::Missing(
                "a secret in DUNLIN_LINK_SECRETS is too short: use at least 32 random characters",
            ));
        }
        if config.public_url.is_none() && !config.secrets.is_empty() && !signs_more {
            return Err(ConfigError::Missing(
                "DUNLIN_LINK_SECRETS is set and DUNLIN_PUBLIC_URL is not: set it to where customers reach Dunlin, like https://pay.acme.example",
            ));
        }
        Ok(config)
    }
}

/// Parses the public URL. A link in a mail crosses the open net, so it must be https, unless it leads to this machine.
fn parse_public_url(text: &str) -> Result<Url, ConfigError> {
    let is_good = |url: &Url| {
        let is_here = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(domain)) => domain == "localhost",
            None => return false,
        };
        let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        is_plain && (url.scheme() == "https" || (url.scheme() == "http" && is_here))
    };
    Url::parse(text).ok().filter(is_good).ok_or(ConfigError::Variable {
        name: "DUNLIN_PUBLIC_URL".to_owned(),
        wanted: "an https URL without a query, like https://pay.acme.example",
    })
}

fn lifetime_days(variables: &Variables<'_>, from_file: Option<u16>) -> Result<u16, ConfigError> {
    let (name, wanted) = ("DUNLIN_LINK_LIFETIME_DAYS", "a number of days from 1 to 365");
    let days = variables.parsed(name, wanted)?.or(from_file).unwrap_or(DEFAULT_LIFETIME_DAYS);
    (1..=MAX_LIFETIME_DAYS)
        .contains(&days)
        .then_some(days)
        .ok_or(ConfigError::Variable {
            name: name.to_owned(),
            wanted,
        })
}
