//! Reading the timeline: why a tenant is as it is.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::TenantId;

use crate::entity::timeline;
use crate::error::at;
use crate::{Store, StoreError, UnixMicros};

/// One thing that changed about a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// Our own number for it; later ones are greater.
    pub id: i64,
    /// When we learned of it.
    pub at: UnixMicros,
    /// What changed: `subscription_status`, `trial_end`, …
    pub what: String,
    /// What it was.
    pub from: Option<String>,
    /// What it became.
    pub to: Option<String>,
    /// `event`, `api` or `time`.
    pub cause: String,
    /// Which event.
    pub cause_id: Option<String>,
}

impl Store {
    /// A tenant's timeline, the newest entry first, before entry `before`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn timeline(&self, tenant: &TenantId, before: Option<i64>, limit: u64) -> Result<Vec<TimelineEntry>, StoreError> {
        let mut query = timeline::Entity::find()
            .filter(timeline::Column::TenantId.eq(tenant.as_str()))
            .order_by_desc(timeline::Column::Id)
            .limit(limit);
        if let Some(before) = before {
            query = query.filter(timeline::Column::Id.lt(before));
        }
        let rows = query.all(&self.reading().await?).await.map_err(at("read the timeline"))?;
        let entries = rows.into_iter().map(|row| TimelineEntry {
            id: row.id,
            at: UnixMicros::new(row.at),
            what: row.what,
            from: row.from_value,
            to: row.to_value,
            cause: row.cause,
            cause_id: row.cause_id,
        });
        Ok(entries.collect())
    }
}
