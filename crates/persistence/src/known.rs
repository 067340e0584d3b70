//! Known ids of Stripe's objects, for requests to Stripe.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::{CustomerId, InvoiceId, SubscriptionId};

use crate::entity::{invoice, stripe_event, subscription as subscription_row};
use crate::error::at;
use crate::{CustomerKey, Inbox, Scope, Store, StoreError, UnixMicros};

impl Store {
    /// Lists the known open invoices in the order of their ids, after `after`, at most `limit`, each with its customer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_invoices(
        &self,
        scope: &Scope,
        after: Option<&InvoiceId>,
        limit: u64,
    ) -> Result<Vec<(CustomerKey, InvoiceId)>, StoreError> {
        use invoice::Column;
        let mut query = invoice::Entity::find()
            .select_only()
            .columns([Column::CustomerId, Column::Id])
            .filter(Column::Account.eq(scope.account.as_str()))
            .filter(Column::Livemode.eq(scope.livemode))
            .filter(Column::Status.eq("open"))
            .order_by_asc(Column::Id)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after.as_str()));
        }
        let rows: Vec<(String, String)> = query
            .into_tuple()
            .all(&self.reading().await?)
            .await
            .map_err(at("list the open invoices"))?;
        let named = rows.into_iter().map(|(customer, invoice)| {
            let customer = CustomerKey {
                id: CustomerId::new(customer),
                scope: scope.clone(),
            };
            (customer, InvoiceId::new(invoice))
        });
        Ok(named.collect())
    }

    /// Returns up to `limit` subscriptions of an account and mode, those with the greatest ids. A key that may read the
    /// account can read them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn some_subscriptions(&self, scope: &Scope, limit: u64) -> Result<Vec<SubscriptionId>, StoreError> {
        use subscription_row::Column;
        let ids: Vec<String> = subscription_row::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Account.eq(scope.account.as_str()))
            .filter(Column::Livemode.eq(scope.livemode))
            .order_by_desc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.reading().await?)
            .await
            .map_err(at("look for subscriptions"))?;
        Ok(ids.into_iter().map(SubscriptionId::new).collect())
    }
}

impl Inbox<'_> {
    /// Returns the time when the first event was received, if any was. Nobody had to tell Dunlin of anything earlier.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn first_received_at(self) -> Result<Option<UnixMicros>, StoreError> {
        use stripe_event::Column;
        let received_at: Option<i64> = stripe_event::Entity::find()
            .select_only()
            .column(Column::ReceivedAt)
            .order_by_asc(Column::ReceivedAt)
            .limit(1)
            .into_tuple()
            .one(&self.store.reading().await?)
            .await
            .map_err(at("look for the first event"))?;
        Ok(received_at.map(UnixMicros::new))
    }
}
