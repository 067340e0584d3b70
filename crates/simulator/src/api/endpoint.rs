//! The endpoints, and the permissions that they ask of a restricted key.

/// An endpoint of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// `GET /v1/subscriptions/{id}`.
    Subscription,
    /// `GET /v1/subscriptions`.
    Subscriptions,
    /// `GET /v1/invoices/{id}`.
    Invoice,
    /// `GET /v1/invoices`.
    Invoices,
    /// `GET /v1/payment_intents`.
    PaymentIntents,
    /// `GET /v1/customers/{id}`.
    Customer,
    /// `GET /v1/customers`.
    Customers,
    /// `GET /v1/events/{id}`.
    Event,
    /// `GET /v1/events`.
    Events,
    /// `GET /v1/webhook_endpoints`.
    WebhookEndpoints,
    /// `POST /v1/billing_portal/sessions`.
    PortalSessions,
}

impl Endpoint {
    /// All endpoints.
    pub const ALL: [Self; 11] = [
        Self::Subscription,
        Self::Subscriptions,
        Self::Invoice,
        Self::Invoices,
        Self::PaymentIntents,
        Self::Customer,
        Self::Customers,
        Self::Event,
        Self::Events,
        Self::WebhookEndpoints,
        Self::PortalSessions,
    ];

    /// Finds the endpoint of a request, with the id in its path.
    pub(super) fn of<'a>(method: &str, path: &'a str) -> Option<(Self, &'a str)> {
        let mut steps = path.strip_prefix("/v1/")?.trim_end_matches('/').splitn(2, '/');
        let (noun, id) = (steps.next()?, steps.next());
        let endpoint = match (method, noun, id) {
            ("GET", "subscriptions", Some(_)) => Self::Subscription,
            ("GET", "subscriptions", None) => Self::Subscriptions,
            ("GET", "invoices", Some(_)) => Self::Invoice,
            ("GET", "invoices", None) => Self::Invoices,
            ("GET", "payment_intents", None) => Self::PaymentIntents,
            ("GET", "customers", Some(_)) => Self::Customer,
            ("GET", "customers", None) => Self::Customers,
            ("GET", "events", Some(_)) => Self::Event,
            ("GET", "events", None) => Self::Events,
            ("GET", "webhook_endpoints", None) => Self::WebhookEndpoints,
            ("POST", "billing_portal", Some("sessions")) => Self::PortalSessions,
            _ => return None,
        };
        Some((endpoint, id.unwrap_or_default()))
    }

    /// Returns Stripe's noun for one of the endpoint's objects.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Subscription | Self::Subscriptions => "subscription",
            Self::Invoice | Self::Invoices => "invoice",
            Self::PaymentIntents => "payment_intent",
            Self::Customer | Self::Customers => "customer",
            Self::Event | Self::Events => "event",
            Self::WebhookEndpoints => "webhook endpoint",
            Self::PortalSessions => "billing portal session",
        }
    }

    /// Returns the permission that a restricted key needs.
    pub(super) fn permission(self) -> &'static str {
        match self {
            Self::Subscription | Self::Subscriptions => "rak_subscription_read",
            Self::Invoice | Self::Invoices => "rak_invoice_read",
            Self::PaymentIntents => "rak_payment_intent_read",
            Self::Customer | Self::Customers => "rak_customer_read",
            Self::Event | Self::Events => "rak_event_read",
            Self::WebhookEndpoints => "rak_webhook_read",
            Self::PortalSessions => "rak_customer_portal_write",
        }
    }
}
