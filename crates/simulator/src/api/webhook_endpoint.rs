//! Webhook endpoints as configured in the dashboard.

use serde_json::{Value, json};

/// A webhook endpoint, see <https://docs.stripe.com/api/webhook_endpoints/object>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// The id, such as `we_…`.
    pub id: String,
    /// The URL that it delivers to.
    pub url: String,
    /// `enabled` or `disabled`.
    pub status: String,
    /// The API version of its events, or `None` for the account's default.
    pub api_version: Option<String>,
    /// The types of events that it delivers; `*` stands for almost all.
    pub enabled_events: Vec<String>,
}

impl WebhookEndpoint {
    /// Makes an enabled endpoint that delivers everything to this URL.
    #[must_use]
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            id: "we_1DunlinEndpoint0000000001".to_owned(),
            url: url.into(),
            status: "enabled".to_owned(),
            api_version: None,
            enabled_events: vec!["*".to_owned()],
        }
    }

    pub(super) fn to_json(&self, livemode: bool) -> Value {
        json!({
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": null,
            "created": 1_767_225_600,
            "description": null,
            "enabled_events": self.enabled_events,
            "livemode": livemode,
            "metadata": {},
            "status": self.status,
            "url": self.url,
        })
    }
}
