//! The settings of calls to Stripe.

use secrecy::SecretString;
use url::Url;

use super::{ConfigError, StripeSection, Variables};
use serde::Deserialize;

/// The settings of calls to Stripe. They need an API key.
#[derive(Clone, Debug)]
pub struct StripeApi {
    /// A secret or, better, a restricted key of the account whose events are received.
    pub key: SecretString,
    /// The URL of Stripe's API.
    pub url: Url,
    /// The seconds that one try may take.
    pub timeout_secs: u32,
}

/// The settings of reconciliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconcileConfig {
    /// The seconds between two reads of the list of events.
    pub interval_secs: u32,
    /// The age in hours above which something found only by asking Stripe sends no mail.
    pub late_mail_hours: u32,
}

/// The file's `[reconcile]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReconcileSection {
    interval_secs: Option<u32>,
    late_mail_hours: Option<u32>,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(super) const VARIABLES: [(&str, bool); 5] = [
    ("DUNLIN_STRIPE_API_KEY", true),
    ("DUNLIN_STRIPE_API_URL", false),
    ("DUNLIN_STRIPE_TIMEOUT_SECS", false),
    ("DUNLIN_RECONCILE_INTERVAL_SECS", false),
    ("DUNLIN_RECONCILE_LATE_MAIL_HOURS", false),
];

const DEFAULT_URL: &str = "https://api.stripe.com/";
const DEFAULT_TIMEOUT_SECS: u32 = 20;
const DEFAULT_INTERVAL_SECS: u32 = 5 * 60;
const DEFAULT_LATE_MAIL_HOURS: u32 = 24;

impl StripeApi {
    /// Loads the settings. Returns `None` without a key.
    pub(super) fn load(section: &StripeSection, variables: &Variables<'_>) -> Result<Option<Self>, ConfigError> {
        let url = url(section, variables)?;
        let timeout_secs = at_least_one(
            "DUNLIN_STRIPE_TIMEOUT_SECS",
            variables,
            section.timeout_secs,
            DEFAULT_TIMEOUT_SECS,
        )?;
        let key = variables.secret("DUNLIN_STRIPE_API_KEY")?.or_else(|| section.api_key.clone());
        Ok(key.map(|key| Self { key, url, timeout_secs }))
    }
}

impl ReconcileConfig {
    pub(super) fn load(section: &ReconcileSection, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            interval_secs: at_least_one(
                "DUNLIN_RECONCILE_INTERVAL_SECS",
                variables,
                section.interval_secs,
                DEFAULT_INTERVAL_SECS,
            )?,
            late_mail_hours: variables
                .parsed("DUNLIN_RECONCILE_LATE_MAIL_HOURS", "a number of hours")?
                .or(section.late_mail_hours)
                .unwrap_or(DEFAULT_LATE_MAIL_HOURS),
        })
    }
}

/// Returns the URL of the API. The key is sent there, so nobody on the way may read it.
fn url(section: &StripeSection, variables: &Variables<'_>) -> Result<Url, ConfigError> {
    let name = "DUNLIN_STRIPE_API_URL";
    let text = variables.text(name).or(section.api_url.as_deref()).unwrap_or(DEFAULT_URL);
    let url = Url::parse(text).ok().filter(Url::has_host);
    url.filter(|url| url.scheme() == "https" || (url.scheme() == "http" && !is_public(url)))
        .ok_or(ConfigError::Variable {
            name: name.to_owned(),
            wanted: "an https URL, or an http URL of this machine or a private network",
        })
}

/// Returns true if the host could be anyone on the Internet.
fn is_public(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => !(address.is_loopback() || address.is_private()),
        Some(url::Host::Ipv6(address)) => !(address.is_loopback() || address.is_unique_local()),
        Some(url::Host::Domain(name)) => name.contains('.'),
        None => true,
    }
}

pub(super) fn at_least_one(
    name: &str,
    variables: &Variables<'_>,
    from_file: Option<u32>,
    default: u32,
) -> Result<u32, ConfigError> {
    let number = variables
        .parsed(name, "a number of seconds, at least 1")?
        .or(from_file)
        .unwrap_or(default);
    (number > 0).then_some(number).ok_or_else(|| ConfigError::Variable {
        name: name.to_owned(),
        wanted: "a number of seconds, at least 1",
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::super::{Config, Environment};
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let owned = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let environment: Environment = owned.collect();
        Config::load(None, &environment).map(|loaded| {
            assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
            loaded.config
        })
    }

    #[test]
    fn without_a_key_stripe_is_not_asked() {
        let config = load(&[]).unwrap();
        assert!(config.stripe_api.is_none());
        let (interval, late) = (config.reconcile.interval_secs, config.reconcile.late_mail_hours);
        assert_eq!((interval, late), (300, 24));
    }

    #[test]
    fn a_key_is_enough_and_is_never_printed() {
        let config = load(&[("DUNLIN_STRIPE_API_KEY", "rk_test_hush")]).unwrap();
        assert!(!format!("{config:?}").contains("hush"));
        let api = config.stripe_api.unwrap();
        assert_eq!((api.url.as_str(), api.timeout_secs), ("https://api.stripe.com/", 20));
        assert_eq!(api.key.expose_secret(), "rk_test_hush");
    }

    #[test]
    fn the_key_is_not_sent_over_the_internet_in_the_clear() {
        let url = |url| load(&[("DUNLIN_STRIPE_API_KEY", "rk_test_1"), ("DUNLIN_STRIPE_API_URL", url)]);
        for good in [
            "http://127.0.0.1:12111",
            "http://10.1.2.3/",
            "http://stripe-mock:12111",
            "https://api.example.com",
        ] {
            assert!(url(good).is_ok(), "{good}");
        }
        for bad in ["http://api.stripe.com/", "http://8.8.8.8/", "ftp://10.0.0.1/", "stripe"] {
            let error = url(bad).unwrap_err().to_string();
            assert!(error.starts_with("DUNLIN_STRIPE_API_URL must be"), "{bad}: {error}");
        }
    }

    #[test]
    fn an_interval_of_nothing_is_refused() {
        let error = load(&[("DUNLIN_RECONCILE_INTERVAL_SECS", "0")]).unwrap_err();
        assert!(error.to_string().contains("at least 1"), "{error}");
    }
}
