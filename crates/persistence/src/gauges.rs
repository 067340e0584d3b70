//! Gauges of the ledger: the amounts that wait or are stuck, and the progress of reconciliation.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use subscription::DAY_SECS;

use crate::entity::{outbox, reconciliation};
use crate::error::at;
use crate::{Cursor, MailOutage, NoticeState, Scope, Store, StoreError, UnixMicros};

/// Numbers for regular monitoring, cheap however large the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauges {
    /// The number of notices in each state, except for `sent` and `superseded`.
    pub notices: Vec<(NoticeState, u64)>,
    /// The due time of the notice that has been due longest without being taken.
    pub due_since: Option<UnixMicros>,
    /// The amount of drift found within the last 24 hours.
    pub drift_last_day: u64,
    /// The number of subscriptions to be read.
    pub reads: u64,
    /// The number of those reads that wait for a person.
    pub read_alarms: u64,
    /// The mail server's outage, if there is one.
    pub mail_outage: Option<MailOutage>,
    /// The progress of reconciliation for each account and mode.
    pub reconciled: Vec<(Scope, Cursor)>,
}

impl Store {
    /// Returns the current gauges.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn gauges(&self, now: UnixMicros) -> Result<Gauges, StoreError> {
        let mut notices = Vec::with_capacity(Gauges::STATES.len());
        for state in Gauges::STATES {
            notices.push((state, self.count_notices(state).await?));
        }
        Ok(Gauges {
            notices,
            due_since: self.due_since(now).await?,
            drift_last_day: self.drift().count(now.plus_secs(-DAY_SECS)).await?,
            reads: self.reads().count(false).await?,
            read_alarms: self.reads().count(true).await?,
            mail_outage: self.outbox().mail_outage().await?,
            reconciled: self.reconciliations().await?,
        })
    }

    async fn count_notices(&self, state: NoticeState) -> Result<u64, StoreError> {
        outbox::Entity::find()
            .filter(outbox::Column::State.eq(state.as_str()))
            .count(&self.reading().await?)
            .await
            .map_err(at("count the notices"))
    }

    async fn due_since(&self, now: UnixMicros) -> Result<Option<UnixMicros>, StoreError> {
        let due_at: Option<i64> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::DueAt)
            .filter(outbox::Column::State.eq(NoticeState::Pending.as_str()))
            .filter(outbox::Column::DueAt.lte(now.as_micros()))
            .order_by_asc(outbox::Column::DueAt)
            .into_tuple()
            .one(&self.reading().await?)
            .await
            .map_err(at("look for the notice that has been due longest"))?;
        Ok(due_at.map(UnixMicros::new))
    }

    async fn reconciliations(&self) -> Result<Vec<(Scope, Cursor)>, StoreError> {
        let rows = reconciliation::Entity::find()
            .order_by_asc(reconciliation::Column::Account)
            .order_by_asc(reconciliation::Column::Livemode)
            .all(&self.reading().await?)
            .await
            .map_err(at("read how far the reconciliations came"))?;
        Ok(rows.into_iter().map(reconciliation::Model::into_cursor).collect())
    }
}

impl Gauges {
    /// The counted states. `sent` and `superseded` are missing because they only grow, and counting them would mean a
    /// scan of all their rows.
    const STATES: [NoticeState; 5] = [
        NoticeState::Pending,
        NoticeState::Claimed,
        NoticeState::Transmitting,
        NoticeState::Unknown,
        NoticeState::Dead,
    ];
}
