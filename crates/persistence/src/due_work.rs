//! Work that falls due by time: the notices of customers whose scheduled time has passed.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::UnixSeconds;

use crate::entity::customer;
use crate::error::at;
use crate::rows::Writes;
use crate::{CustomerKey, Outbox, StoreError, UnixMicros, customer_record};

/// The most customers handled in one transaction.
const MAX_BATCH: u64 = 64;

impl Outbox<'_> {
    /// Returns the time at which something next falls due by time alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_due_at(self) -> Result<Option<UnixSeconds>, StoreError> {
        let next: Option<Option<i64>> = customer::Entity::find()
            .select_only()
            .column(customer::Column::WakeAt)
            .filter(customer::Column::WakeAt.is_not_null())
            .order_by_asc(customer::Column::WakeAt)
            .into_tuple()
            .one(&self.store.reading().await?)
            .await
            .map_err(at("look for the next notice due by time"))?;
        Ok(next.flatten().map(UnixSeconds::new))
    }

    /// Owes the notices that fell due by time, for a batch of customers whose scheduled time has passed. Returns the
    /// number of customers.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing of it is owed yet.
    pub async fn owe_due(self, now: UnixMicros) -> Result<usize, StoreError> {
        let due = customer::Entity::find()
            .filter(customer::Column::WakeAt.lte(now.to_unix_seconds().as_secs()))
            .order_by_asc(customer::Column::WakeAt)
            .limit(MAX_BATCH)
            .all(&self.store.reading().await?)
            .await
            .map_err(at("look for customers with notices due by time"))?;
        if due.is_empty() {
            return Ok(0);
        }
        let key = |row: customer::Model| CustomerKey::new(row.id, row.account, row.livemode);
        let keys: BTreeSet<CustomerKey> = due.into_iter().map(key).collect();
        self.store.retrying(|| self.try_owe_due_notices(&keys, now)).await?;
        Ok(keys.len())
    }

    async fn try_owe_due_notices(self, keys: &BTreeSet<CustomerKey>, now: UnixMicros) -> Result<(), StoreError> {
        let tx = self.store.begin().await?;
        let mut records = customer_record::lock(&tx, keys, &self.store.terms, &self.store.cache).await?;
        for (key, stored) in &mut records {
            stored.record.wake(key, &self.store.terms, now);
        }
        customer_record::save(Writes::new(&tx), &mut records, now).await?;
        self.store.commit(tx).await?;
        customer_record::keep(&self.store.cache, records);
        Ok(())
    }
}
