//! The permissions of a key, found by trial.

use stripe_client_core::{RequestBuilder, StripeMethod};

use crate::{Answer, ClientError, StripeClient};

/// A permission that a restricted key needs. <https://docs.stripe.com/keys#limit-access>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// To read customers.
    Customers,
    /// To read subscriptions.
    Subscriptions,
    /// To read invoices.
    Invoices,
    /// To read payment intents.
    PaymentIntents,
    /// To read events.
    Events,
    /// To read webhook endpoints.
    WebhookEndpoints,
    /// To create sessions of the billing portal.
    PortalSessions,
}

/// A customer that does not exist, so the requested session is never created.
const NOBODY: &str = "customer=cus_nobody";

impl Permission {
    /// All permissions.
    pub const ALL: [Self; 7] = [
        Self::Customers,
        Self::Subscriptions,
        Self::Invoices,
        Self::PaymentIntents,
        Self::Events,
        Self::WebhookEndpoints,
        Self::PortalSessions,
    ];

    /// Returns the name in Stripe's dashboard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "read on Customers",
            Self::Subscriptions => "read on Subscriptions",
            Self::Invoices => "read on Invoices",
            Self::PaymentIntents => "read on Payment Intents",
            Self::Events => "read on Events",
            Self::WebhookEndpoints => "read on Webhook Endpoints",
            Self::PortalSessions => "write on Customer portal",
        }
    }

    fn request(self) -> RequestBuilder {
        let list = |path| {
            let mut request = RequestBuilder::new(StripeMethod::Get, path);
            request.query = Some("limit=1".to_owned());
            request
        };
        match self {
            Self::Customers => list("/customers"),
            Self::Subscriptions => list("/subscriptions"),
            Self::Invoices => list("/invoices"),
            Self::PaymentIntents => list("/payment_intents"),
            Self::Events => list("/events"),
            Self::WebhookEndpoints => list("/webhook_endpoints"),
            Self::PortalSessions => {
                let mut request = RequestBuilder::new(StripeMethod::Post, "/billing_portal/sessions");
                request.body = Some(NOBODY.to_owned());
                request
            }
        }
    }
}

impl StripeClient {
    /// Requests one object of a kind to see whether the key has the permission. Nothing is created: the requested
    /// portal session is for a customer that does not exist, and Stripe says so only to a key that may create one.
    ///
    /// # Errors
    /// [`ClientError::Forbidden`] if the key lacks the permission, else the reason why there was no answer.
    pub async fn try_permission(&self, permission: Permission) -> Result<Option<Answer<()>>, ClientError> {
        match self.ask(permission.request()).await {
            Ok(answer) => answer.try_map(|_| Ok(())).map(Some),
            Err(ClientError::NotFound { .. }) if permission == Permission::PortalSessions => Ok(None),
            Err(error) => Err(error),
        }
    }
}
