//! The timeline: the history of a tenant's state, and of the actions taken.

use ledger::TimelineNote;
use sea_orm::{ColumnTrait, EntityTrait, NotSet, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::{CustomerId, TenantId};

use crate::entity::{tenant, timeline};
use crate::error::at;
use crate::{Cause, StoreError, Tenants, UnixMicros};

/// One change of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// Dunlin's own number. Later ones are greater.
    pub id: i64,
    /// The time when Dunlin learned of it.
    pub at: UnixMicros,
    /// The field that changed: `subscription_status`, `trial_end`, …
    pub what: String,
    /// The old value.
    pub from: Option<String>,
    /// The new value.
    pub to: Option<String>,
    /// `event`, `api`, `read`, `time` or `link`.
    pub cause: String,
    /// The id of the event, or of the pay link's invoice.
    pub cause_id: Option<String>,
}

impl Tenants<'_> {
    /// Notes an action, unless the same action was noted for the same cause within the last `quiet_secs`. Returns true
    /// if it was noted.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is noted.
    pub async fn note_once(
        self,
        tenant: &TenantId,
        (what, to): (&str, &str),
        cause: &Cause,
        quiet_secs: i64,
        now: UnixMicros,
    ) -> Result<bool, StoreError> {
        self.store
            .retrying(|| self.try_note(tenant, (what, to), cause, quiet_secs, now))
            .await
    }

    async fn try_note(
        self,
        tenant_id: &TenantId,
        (what, to): (&str, &str),
        cause: &Cause,
        quiet_secs: i64,
        now: UnixMicros,
    ) -> Result<bool, StoreError> {
        let tx = self.store.begin().await?;
        // Of two simultaneous callers, on any instances, one waits here for the other's note.
        let tenant = tenant::Entity::find_by_id(tenant_id.as_str())
            .lock_exclusive()
            .one(&tx)
            .await
            .map_err(at("lock the tenant"))?;
        let Some(tenant) = tenant else { return Ok(false) };
        let mut same = timeline::Entity::find()
            .filter(timeline::Column::TenantId.eq(tenant_id.as_str()))
            .filter(timeline::Column::What.eq(what))
            .filter(timeline::Column::Cause.eq(cause.kind()))
            .filter(timeline::Column::At.gt(now.plus_secs(-quiet_secs).as_micros()));
        if let Some(id) = cause.id() {
            same = same.filter(timeline::Column::CauseId.eq(id));
        }
        let same = same.one(&tx).await.map_err(at("look for the same note"))?;
        if same.is_some() {
            return Ok(false);
        }
        let note = TimelineNote {
            tenant: tenant_id.clone(),
            customer: tenant.stripe_customer_id.map(CustomerId::new),
            at: now,
            what: what.to_owned(),
            from: None,
            to: Some(to.to_owned()),
            cause: cause.clone(),
        };
        timeline::Entity::insert(note_row(note))
            .exec_without_returning(&tx)
            .await
            .map_err(at("write into the timeline"))?;
        self.store.commit(tx).await?;
        Ok(true)
    }

    /// Lists a tenant's timeline, the newest entry first, before entry `before`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn timeline(self, tenant: &TenantId, before: Option<i64>, limit: u64) -> Result<Vec<TimelineEntry>, StoreError> {
        let mut query = timeline::Entity::find()
            .filter(timeline::Column::TenantId.eq(tenant.as_str()))
            .order_by_desc(timeline::Column::Id)
            .limit(limit);
        if let Some(before) = before {
            query = query.filter(timeline::Column::Id.lt(before));
        }
        let rows = query
            .all(&self.store.reading().await?)
            .await
            .map_err(at("read the timeline"))?;
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

/// Makes the row of a new entry.
pub(crate) fn note_row(note: TimelineNote) -> timeline::ActiveModel {
    timeline::ActiveModel {
        id: NotSet,
        tenant_id: Set(note.tenant.to_string()),
        customer_id: Set(note.customer.map(|customer| customer.to_string())),
        at: Set(note.at.as_micros()),
        cause: Set(note.cause.kind().to_owned()),
        cause_id: Set(note.cause.id().map(str::to_owned)),
        what: Set(note.what),
        from_value: Set(note.from),
        to_value: Set(note.to),
    }
}
