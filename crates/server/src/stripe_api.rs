//! Stripe's API as it is configured.

use std::time::Duration;

use stripe_client::{ClientError, MAX_PAGE_SIZE, Options, StripeClient};

use crate::config::Config;

/// How often a question is asked, at most.
const MAX_TRIES: u32 = 4;

/// A client that asks about the account whose events are received; `None` where there is no key: then Stripe is not asked.
///
/// # Errors
/// [`ClientError`] where the key or the account is nothing that could be sent.
pub fn client(config: &Config) -> Result<Option<StripeClient>, ClientError> {
    let Some(api) = &config.stripe_api else {
        return Ok(None);
    };
    let options = Options {
        api_key: api.key.clone(),
        api_url: api.url.clone(),
        account: config.ours.account.clone(),
        timeout: Duration::from_secs(u64::from(api.timeout_secs)),
        max_tries: MAX_TRIES,
        page_size: MAX_PAGE_SIZE,
    };
    StripeClient::try_new(options).map(Some)
}
