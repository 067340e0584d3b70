//! The search for the payers of disputed payments. A dispute names a payment, and the payment names its customer.

use intake::clock;
use persistence::UnclaimedCharge;
use stripe_client::ClientError;
use stripe_event::Charge;
use subscription::CustomerId;

use crate::{AskError, Reconciler};

/// The number of payments asked about at a time. Disputes are rare.
const AT_ONCE: u64 = 10;

impl Reconciler {
    /// Asks about every disputed payment whose customer is unknown. If Stripe does not say, the admin is told of the
    /// payment alone.
    pub async fn find_payers(&self) {
        let unclaimed = match self.store.unclaimed_charges(&self.scope, AT_ONCE).await {
            Ok(unclaimed) => unclaimed,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "cannot look for payments that are disputed"
                );
                return;
            }
        };
        for charge in unclaimed {
            if let Err(error) = self.find_payer(&charge).await {
                tracing::warn!(
                    charge.id = charge.charge.as_str(),
                    "who paid what is disputed cannot be found: {error}"
                );
            }
        }
    }

    async fn find_payer(&self, unclaimed: &UnclaimedCharge) -> Result<(), AskError> {
        let stripe = self.stripe.with_account(unclaimed.scope.connected_account())?;
        let answer = stripe.charge(unclaimed.charge.as_str()).await?;
        let unreadable = |_| ClientError::Unreadable {
            path: "/v1/charges".to_owned(),
            why: "it is no charge",
        };
        let read = Charge::parse(answer.value.bytes()).map_err(unreadable)?;
        self.check_mode(read.livemode)?;
        if let Some(customer) = &read.object.customer {
            let customer = CustomerId::new(customer.as_ref());
            self.store.name_payer(unclaimed, &customer, clock::now()).await?;
        }
        Ok(())
    }
}
