//! A session of the customer portal, where a customer can pay and change their card.

use serde::Deserialize;
use stripe_billing::billing_portal_session::CreateBillingPortalSession;
use stripe_client_core::StripeRequest;
use url::Url;

use crate::{Answer, ClientError, StripeClient};

#[derive(Deserialize)]
struct Session {
    url: String,
}

impl StripeClient {
    /// Creates a session for a customer and returns its address. It is valid for minutes, so create one only when
    /// somebody is there to use it. <https://docs.stripe.com/api/customer_portal/sessions/create>
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn portal_session(&self, customer: &str, return_url: Option<&str>) -> Result<Answer<Url>, ClientError> {
        let session = CreateBillingPortalSession::new().customer(customer);
        let session = return_url.into_iter().fold(session, CreateBillingPortalSession::return_url);
        let request = session.build();
        let path = request.path.clone();
        let answer = self.ask(request).await?;
        answer.try_map(|object| {
            let session: Option<Session> = serde_json::from_slice(object.bytes()).ok();
            let url = session.and_then(|session| Url::parse(&session.url).ok());
            url.ok_or(ClientError::Unreadable {
                path,
                why: "it is no session",
            })
        })
    }
}
