//! What a server needs and lacks.

use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;
use crate::error::ConfigError;

const NO_WEBHOOK_SECRET: &str = "no webhook secret: set DUNLIN_STRIPE_WEBHOOK_SECRETS to the endpoint's signing secret (whsec_…), as shown by Stripe or `stripe listen`";
const NO_API_KEY: &str = "no API key: set DUNLIN_API_KEYS to a long random text that your services will send as a bearer token";
const SHORT_API_KEY: &str = "an API key in DUNLIN_API_KEYS is too short: use at least 16 characters";
const MIN_API_KEY_BYTES: usize = 16;

impl Config {
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
