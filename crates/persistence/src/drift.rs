//! Drift: differences that asking Stripe brought to light, and that no webhook had delivered.

use ledger::{DriftEntry, DriftKind, NewNotice};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, NotSet, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::notices::{DriftAlert, DriftedThing, StaffNotice};
use subscription::{EventId, TenantId, UnixSeconds};

use crate::connections::Executor;
use crate::entity::drift::{ActiveModel, Column, Entity, Model};
use crate::entity::outbox;
use crate::error::at;
use crate::outbox::notice_row;
use crate::{CustomerKey, Drifts, Outbox, Source, StoreError, UnixMicros};

/// The pause between two drift alerts to the admin, in seconds. An outage that loses one event often loses events for
/// hours.
const ALERT_PAUSE_SECS: i64 = 60 * 60;
/// The most differences that an alert lists.
const MAX_LISTED: u64 = 20;

/// A difference between Stripe and Dunlin, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Dunlin's own number. Later ones are greater.
    pub id: i64,
    /// The difference.
    pub entry: DriftEntry,
}

/// A filter for the list of drift.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftFilter {
    /// Only the drift of this tenant.
    pub tenant: Option<TenantId>,
    /// Only what was found at this time or later.
    pub since: Option<UnixMicros>,
    /// Only what was found before the one with this number.
    pub before: Option<i64>,
}

impl Drifts<'_> {
    /// Lists drift, the latest found first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(self, filter: &DriftFilter, limit: u64) -> Result<Vec<Drift>, StoreError> {
        let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
        if let Some(tenant) = &filter.tenant {
            query = query.filter(Column::TenantId.eq(tenant.as_str()));
        }
        if let Some(since) = filter.since {
            query = query.filter(Column::FoundAt.gte(since.as_micros()));
        }
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(before));
        }
        let rows = query.all(&self.store.reading().await?).await.map_err(at("list the drift"))?;
        Ok(rows.into_iter().map(Drift::from_row).collect())
    }

    /// Counts the drift found since a moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(self, since: UnixMicros) -> Result<u64, StoreError> {
        Entity::find()
            .filter(Column::FoundAt.gte(since.as_micros()))
            .count(&self.store.reading().await?)
            .await
            .map_err(at("count the drift"))
    }
}

impl Outbox<'_> {
    /// Owes the admin an alert of all drift that they have not heard of, if there is any and the last alert is an hour
    /// old. Returns true if the alert is owed now. Of several simultaneous callers one owes it.
    ///
    /// # Errors
    /// [`StoreError`]. Then it is left to the next call.
    pub async fn owe_drift_alert(self, now: UnixMicros) -> Result<bool, StoreError> {
        let last = Entity::find()
            .select_only()
            .column(Column::AlertedAt)
            .filter(Column::AlertedAt.is_not_null())
            .order_by_desc(Column::AlertedAt)
            .into_tuple()
            .one(&self.store.reading().await?)
            .await
            .map_err(at("look for the last drift alert"))?;
        if last.is_some_and(|last: i64| UnixMicros::new(last).plus_secs(ALERT_PAUSE_SECS) > now) {
            return Ok(false);
        }
        self.store.retrying(|| self.try_owe_drift_alert(now)).await
    }

    async fn try_owe_drift_alert(self, now: UnixMicros) -> Result<bool, StoreError> {
        let tx = self.store.begin().await?;
        let news = Entity::update_many()
            .col_expr(Column::AlertedAt, Expr::value(now.as_micros()))
            .filter(Column::AlertedAt.is_null())
            .exec(&tx)
            .await
            .map_err(at("look for drift that nobody was told of"))?;
        if news.rows_affected == 0 {
            return Ok(false);
        }
        let alert = drift_alert(&tx, news.rows_affected, now).await?;
        let key = format!("team:drift_alert:{}", now.as_micros());
        let notice = NewNotice::to_staff(key, StaffNotice::DriftAlert(alert), now, now);
        outbox::Entity::insert(notice_row(notice)?)
            .exec_without_returning(&tx)
            .await
            .map_err(at("owe the drift alert"))?;
        self.store.commit(tx).await?;
        Ok(true)
    }
}

/// Returns the alert of the drift that was just marked.
async fn drift_alert(tx: &Executor, count: u64, now: UnixMicros) -> Result<DriftAlert, StoreError> {
    let news = || Entity::find().filter(Column::AlertedAt.eq(now.as_micros()));
    let listed = news().order_by_asc(Column::Id).limit(MAX_LISTED).all(tx).await;
    let listed = listed.map_err(at("list the drift of an alert"))?;
    let first: Option<Option<i64>> = news()
        .select_only()
        .column_as(Column::FoundAt.min(), "first")
        .into_tuple()
        .one(tx)
        .await
        .map_err(at("date the drift of an alert"))?;
    let since = first.flatten().map_or(now, UnixMicros::new);
    Ok(DriftAlert {
        count,
        since: since.to_unix_seconds(),
        listed: listed.into_iter().map(drifted_thing).collect(),
    })
}

fn drifted_thing(row: Model) -> DriftedThing {
    DriftedThing {
        of: row.tenant_id.unwrap_or(row.customer_id),
        object_id: row.object_id,
        what: row.what,
        from: row.from_value,
        to: row.to_value,
        event: row.event_id,
    }
}

impl Drift {
    fn from_row(row: Model) -> Self {
        let entry = DriftEntry {
            found_at: UnixMicros::new(row.found_at),
            // No other words are ever written. What a newer version found in another way, it verified by a read in the
            // end.
            source: Source::parse(&row.via).unwrap_or(Source::Read),
            kind: DriftKind::parse(&row.kind).unwrap_or(DriftKind::Event),
            customer: CustomerKey::new(row.customer_id, row.account, row.livemode),
            tenant: row.tenant_id.and_then(|id| TenantId::parse(&id).ok()),
            event: row.event_id.map(EventId::new),
            object_id: row.object_id,
            what: row.what,
            from: row.from_value,
            to: row.to_value,
            since: UnixSeconds::new(row.since),
        };
        Self { id: row.id, entry }
    }
}

/// Makes the row of drift that was found just now.
pub(crate) fn drift_row(found: DriftEntry) -> ActiveModel {
    ActiveModel {
        id: NotSet,
        found_at: Set(found.found_at.as_micros()),
        via: Set(found.source.as_str().to_owned()),
        customer_id: Set(found.customer.id.to_string()),
        account: Set(found.customer.scope.account),
        livemode: Set(found.customer.scope.livemode),
        tenant_id: Set(found.tenant.map(|tenant| tenant.to_string())),
        event_id: Set(found.event.map(|event| event.to_string())),
        kind: Set(found.kind.as_str().to_owned()),
        object_id: Set(found.object_id),
        what: Set(found.what),
        from_value: Set(found.from),
        to_value: Set(found.to),
        since: Set(found.since.as_secs()),
        alerted_at: NotSet,
    }
}
