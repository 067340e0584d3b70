//! Reading the outbox: the notices that are owed.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::{EventId, Notice};

use crate::entity::outbox;
use crate::error::{at, from_json};
use crate::{Store, StoreError, UnixMicros};

/// A notice that is owed to a tenant, decided exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedNotice {
    /// Our own number for it; later ones are greater.
    pub id: i64,
    /// What makes it unique.
    pub dedupe_key: String,
    /// The tenant it is about.
    pub tenant_id: String,
    /// `customer`, `admin` or `sales`.
    pub audience: String,
    /// What to tell.
    pub notice: Notice,
    /// `pending`.
    pub state: String,
    /// When it is due.
    pub due_at: UnixMicros,
    /// The event that it follows from, if it was one.
    pub event: Option<EventId>,
    /// When it was decided.
    pub created_at: UnixMicros,
}

/// Which notices to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Only those about this tenant.
    pub tenant_id: Option<String>,
    /// Only those in this state.
    pub state: Option<String>,
    /// Only those after this one.
    pub after: Option<i64>,
}

impl Store {
    /// Notices in the order they were decided, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notices(&self, filter: &NoticeFilter, limit: u64) -> Result<Vec<OwedNotice>, StoreError> {
        let mut query = outbox::Entity::find().order_by_asc(outbox::Column::Id).limit(limit);
        if let Some(tenant) = &filter.tenant_id {
            query = query.filter(outbox::Column::TenantId.eq(tenant.as_str()));
        }
        if let Some(state) = &filter.state {
            query = query.filter(outbox::Column::State.eq(state.as_str()));
        }
        if let Some(after) = filter.after {
            query = query.filter(outbox::Column::Id.gt(after));
        }
        let rows = query.all(&self.db).await.map_err(at("list the notices"))?;
        rows.into_iter().map(OwedNotice::from_row).collect()
    }
}

impl OwedNotice {
    fn from_row(row: outbox::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            dedupe_key: row.dedupe_key,
            tenant_id: row.tenant_id,
            audience: row.audience,
            notice: from_json("notice", &row.notice)?,
            state: row.state,
            due_at: UnixMicros::new(row.due_at),
            event: row.event_id.map(EventId::new),
            created_at: UnixMicros::new(row.created_at),
        })
    }
}
