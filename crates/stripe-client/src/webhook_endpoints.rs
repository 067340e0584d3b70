//! The endpoints to which Stripe delivers.

use serde::Deserialize;
use stripe_client_core::StripeRequest;
use stripe_misc::webhook_endpoint::ListWebhookEndpoint;

use crate::{Answer, ClientError, MAX_PAGE_SIZE, StripeClient};

/// A webhook endpoint. <https://docs.stripe.com/api/webhook_endpoints/object>
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebhookEndpoint {
    /// `we_…`
    pub id: String,
    /// The address.
    pub url: String,
    /// `enabled` or `disabled`.
    pub status: String,
    /// The API version of its events; `None` for the account's default.
    #[serde(default)]
    pub api_version: Option<String>,
    /// The types of the events delivered to it; `*` for all types that need not be requested by name.
    pub enabled_events: Vec<String>,
    /// The mode of its events.
    pub livemode: bool,
    /// The creator's own words on its purpose.
    #[serde(default)]
    pub description: Option<String>,
}

impl StripeClient {
    /// Returns all endpoints of the account. An account has at most 16.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn webhook_endpoints(&self) -> Result<Answer<Vec<WebhookEndpoint>>, ClientError> {
        let request = ListWebhookEndpoint::new().limit(MAX_PAGE_SIZE).build();
        let path = request.path.clone();
        let answer = self.page(request).await?;
        answer.try_map(|page| {
            let endpoints = page.items.iter().map(|object| serde_json::from_slice(object.bytes()));
            endpoints.collect::<Result<_, _>>().or(Err(ClientError::Unreadable {
                path,
                why: "an endpoint in it cannot be read",
            }))
        })
    }
}
