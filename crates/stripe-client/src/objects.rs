//! One object at a time.

use stripe_billing::invoice::RetrieveInvoice;
use stripe_billing::subscription::RetrieveSubscription;
use stripe_client_core::StripeRequest;
use stripe_core::charge::RetrieveCharge;
use stripe_core::customer::RetrieveCustomer;

use crate::{Answer, ClientError, RawObject, StripeClient};

/// The fields that show whether an invoice's payment waits for the cardholder, and whether its subscription still
/// lives.
///
/// See <https://docs.stripe.com/api/invoice-payment/object>.
const PAYMENT: [&str; 2] = [
    "payments.data.payment.payment_intent",
    "parent.subscription_details.subscription",
];

impl StripeClient {
    /// Reads a subscription, which may have ended. <https://docs.stripe.com/api/subscriptions/retrieve>
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn subscription(&self, id: &str) -> Result<Answer<RawObject>, ClientError> {
        self.ask(RetrieveSubscription::new(checked(id)?).build()).await
    }

    /// Reads an invoice. <https://docs.stripe.com/api/invoices/retrieve>
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn invoice(&self, id: &str) -> Result<Answer<RawObject>, ClientError> {
        self.ask(RetrieveInvoice::new(checked(id)?).build()).await
    }

    /// Reads an invoice with the payment intents of its payments and its subscription embedded.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn invoice_with_payment(&self, id: &str) -> Result<Answer<RawObject>, ClientError> {
        let expanded = PAYMENT.map(str::to_owned).to_vec();
        self.ask(RetrieveInvoice::new(checked(id)?).expand(expanded).build()).await
    }

    /// Reads a charge. <https://docs.stripe.com/api/charges/retrieve>
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn charge(&self, id: &str) -> Result<Answer<RawObject>, ClientError> {
        self.ask(RetrieveCharge::new(checked(id)?).build()).await
    }

    /// Reads a customer. A deleted one has little but its id. <https://docs.stripe.com/api/customers/retrieve>
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn customer(&self, id: &str) -> Result<Answer<RawObject>, ClientError> {
        self.ask(RetrieveCustomer::new(checked(id)?).build()).await
    }
}

/// Checks that an id can stand in a path. All of Stripe's ids can.
fn checked(id: &str) -> Result<String, ClientError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if !id.is_empty() && id != "." && id != ".." && id.chars().all(fits) {
        Ok(id.to_owned())
    } else {
        Err(ClientError::NotFound {
            path: "object of that id".to_owned(),
        })
    }
}
