//! Stripe's API as configured.

use std::time::Duration;

use configuration::Config;
use stripe_client::{ClientError, MAX_PAGE_SIZE, Options, StripeClient};

/// The most tries of one question.
const MAX_TRIES: u32 = 4;

/// Makes a client for the account whose events are received. Returns `None` without a key: then Stripe is not asked.
///
/// # Errors
/// [`ClientError`] if the key or the account cannot be sent.
pub(crate) fn client(config: &Config) -> Result<Option<StripeClient>, ClientError> {
    let Some(api) = &config.stripe_api else {
        return Ok(None);
    };
    let options = Options {
        api_key: api.key.clone(),
        api_url: api.url.clone(),
        account: config.filter.account.clone(),
        timeout: Duration::from_secs(u64::from(api.timeout_secs)),
        max_tries: MAX_TRIES,
        page_size: MAX_PAGE_SIZE,
    };
    StripeClient::try_new(options).map(Some)
}
