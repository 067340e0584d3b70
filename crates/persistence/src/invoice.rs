//! The lookup of one invoice.

use sea_orm::{EntityTrait, QuerySelect};
use subscription::facts::Invoice;
use subscription::{InvoiceId, Status};

use crate::entity::{invoice, subscription as subscription_row};
use crate::error::{at, from_json};
use crate::{CustomerKey, Store, StoreError};

/// The facts of an invoice, and the state of its subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownInvoice {
    /// The invoice.
    pub invoice: Invoice,
    /// The subscription's status, or `None` for a one-off invoice.
    pub subscription: Option<Status>,
}

impl Store {
    /// Returns the known facts of an invoice of this customer, or `None` if it is unknown or another customer's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn invoice(&self, customer: &CustomerKey, id: &InvoiceId) -> Result<Option<KnownInvoice>, StoreError> {
        let reading = self.reading().await?;
        let of = |id: &str| (id.to_owned(), customer.scope.account.clone(), customer.scope.livemode);
        let row = invoice::Entity::find_by_id(of(id.as_str()))
            .one(&reading)
            .await
            .map_err(at("read the invoice"))?;
        let Some(row) = row.filter(|row| row.customer_id == customer.id.as_str()) else {
            return Ok(None);
        };
        let status: Option<Option<String>> = match &row.subscription_id {
            Some(subscription) => subscription_row::Entity::find_by_id(of(subscription))
                .select_only()
                .column(subscription_row::Column::Status)
                .into_tuple()
                .one(&reading)
                .await
                .map_err(at("read the invoice's subscription"))?,
            None => None,
        };
        Ok(Some(KnownInvoice {
            invoice: from_json("invoice", &row.state)?,
            subscription: status.flatten().map(|word| Status::from(word.as_str())),
        }))
    }
}
