//! Pruning: bodies that are past all of Stripe's retries are deleted. Their facts stay.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use subscription::DAY_SECS;

use crate::entity::{charge, event_payload};
use crate::error::at;
use crate::{Store, StoreError, UnixMicros};

/// The longest time for which a payment can be disputed, in seconds
/// (<https://docs.stripe.com/disputes/how-disputes-work>).
const DISPUTABLE_SECS: i64 = 540 * DAY_SECS;

impl Store {
    /// Deletes the records of payments that nobody can dispute any more. Returns their number.
    ///
    /// # Errors
    /// [`StoreError`]. Then none of these is deleted.
    pub async fn prune_charges(&self, now: UnixMicros) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let deleted = charge::Entity::delete_many()
            .filter(charge::Column::ToldAt.lt(now.plus_secs(-DISPUTABLE_SECS).as_micros()))
            .exec(&tx)
            .await
            .map_err(at("delete old charges"))?;
        self.commit(tx).await?;
        Ok(deleted.rows_affected)
    }

    /// Deletes expired bodies, at most `limit`, the oldest first. Returns their number. The unit of work is short: a
    /// caller with many bodies calls again, and lets deliveries in between.
    ///
    /// # Errors
    /// [`StoreError`]. Then none of these is deleted.
    pub async fn prune_bodies(&self, limit: u64, now: UnixMicros) -> Result<u64, StoreError> {
        use event_payload::Column;
        // This query takes no lock: every instance checks at its start, and usually there is nothing.
        let first: Option<i64> = event_payload::Entity::find()
            .select_only()
            .column(Column::ExpiresAt)
            .filter(Column::ExpiresAt.lte(now.as_micros()))
            .limit(1)
            .into_tuple()
            .one(&self.reading().await?)
            .await
            .map_err(at("look for expired bodies"))?;
        if first.is_none() {
            return Ok(0);
        }
        let key = [Column::Id, Column::Account, Column::Livemode];
        let expired = Query::select()
            .columns(key)
            .from(event_payload::Entity)
            .and_where(Column::ExpiresAt.lte(now.as_micros()))
            .order_by(Column::ExpiresAt, sea_orm::Order::Asc)
            .limit(limit)
            .to_owned();
        let tx = self.begin().await?;
        let deleted = event_payload::Entity::delete_many()
            .filter(Expr::tuple(key.map(Expr::col)).in_subquery(expired))
            .exec(&tx)
            .await
            .map_err(at("delete expired bodies"))?;
        self.commit(tx).await?;
        Ok(deleted.rows_affected)
    }
}
