//! The settings of calls to Stripe.

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::error::ConfigError;
use crate::variables::{SECONDS_AT_LEAST_ONE, Variables};

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

/// The file's `[stripe]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StripeSection {
    pub(crate) webhook_secrets: Vec<SecretString>,
    pub(crate) signature_tolerance_secs: Option<u64>,
    pub(crate) livemode: Option<bool>,
    pub(crate) account: Option<String>,
    api_key: Option<SecretString>,
    api_url: Option<String>,
    timeout_secs: Option<u32>,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 3] = [
    ("DUNLIN_STRIPE_API_KEY", true),
    ("DUNLIN_STRIPE_API_URL", false),
    ("DUNLIN_STRIPE_TIMEOUT_SECS", false),
];

const DEFAULT_URL: &str = "https://api.stripe.com/";
const DEFAULT_TIMEOUT_SECS: u32 = 20;

impl StripeApi {
    /// Loads the settings. Returns `None` without a key.
    pub(crate) fn load(section: &StripeSection, variables: &Variables<'_>) -> Result<Option<Self>, ConfigError> {
        let url = url(section, variables)?;
        let timeout_secs = variables.at_least_one(
            "DUNLIN_STRIPE_TIMEOUT_SECS",
            SECONDS_AT_LEAST_ONE,
            section.timeout_secs,
            DEFAULT_TIMEOUT_SECS,
        )?;
        let key = variables.secret("DUNLIN_STRIPE_API_KEY")?.or_else(|| section.api_key.clone());
        Ok(key.map(|key| Self { key, url, timeout_secs }))
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

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::Config;
    use crate::environment::Environment;

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
        assert!(load(&[]).unwrap().stripe_api.is_none());
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
}
