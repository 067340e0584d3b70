//! The endpoints to which Stripe delivers.

use serde::Deserialize;
use stripe_client_core::StripeRequest;
use stripe_misc::webhook_endpoint::ListWebhookEndpoint;

use crate::{Answer, ClientError, MAX_PAGE_SIZE, StripeClient};

/// An endpoint. <https://docs.stripe.com/api/webhook_endpoints/object>
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebhookEndpoint {
    /// `we_…`
    pub id: String,
    /// Where it is.
    pub url: String,
    /// `enabled` or `disabled`.
    pub status: String,
    /// The version that its events are rendered in; `None`: the account's default.
    #[serde(default)]
    pub api_version: Option<String>,
    /// The types of event that are delivered to it; `*`: all that do not have to be asked for by name.
    pub enabled_events: Vec<String>,
    /// Which mode's events.
    pub livemode: bool,
    /// Why it is there, in the words of whoever made it.
    #[serde(default)]
    pub description: Option<String>,
}

impl StripeClient {
    /// All endpoints of the account; an account has 16 at most.
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
