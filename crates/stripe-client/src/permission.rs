//! What a key may do, found out by trying.

use stripe_client_core::{RequestBuilder, StripeMethod};

use crate::{Answer, ClientError, StripeClient};

/// Something that a restricted key has to be allowed. <https://docs.stripe.com/keys#limit-access>
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
    /// To make sessions of the billing portal.
    PortalSessions,
}

/// A customer that there is not: the session that is asked for is never made.
const NOBODY: &str = "customer=cus_nobody";

impl Permission {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Customers,
        Self::Subscriptions,
        Self::Invoices,
        Self::PaymentIntents,
        Self::Events,
        Self::WebhookEndpoints,
        Self::PortalSessions,
    ];

    /// Its name in Stripe's dashboard.
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
    /// Asks for one object of a kind, to see whether the key may. Nothing is made: the session that is asked for is one of a customer
    /// that there is not, which Stripe says only to whom it would make one for.
    ///
    /// # Errors
    /// [`ClientError::Forbidden`] where the key may not, else why there was no answer.
    pub async fn try_permission(&self, permission: Permission) -> Result<Option<Answer<()>>, ClientError> {
        match self.ask(permission.request()).await {
            Ok(answer) => answer.try_map(|_| Ok(())).map(Some),
            Err(ClientError::NotFound { .. }) if permission == Permission::PortalSessions => Ok(None),
            Err(error) => Err(error),
        }
    }
}
