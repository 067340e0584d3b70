//! What of the ledger is worth watching: how much waits, how much is stuck, how far was looked.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{outbox, reconciliation};
use crate::error::at;
use crate::{Cursor, MailOutage, NoticeState, Scope, Store, StoreError, UnixMicros};

const DAY_SECS: i64 = 24 * 60 * 60;

/// Numbers that are looked at again and again, and cost little however large the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauges {
    /// How many notices are in each state that is not their good end.
    pub notices: Vec<(NoticeState, u64)>,
    /// Since when a notice is due that nobody has taken.
    pub due_since: Option<UnixMicros>,
    /// How much drift was found within the last 24 hours.
    pub drift_last_day: u64,
    /// How many subscriptions are to be read.
    pub reads: u64,
    /// How many of them wait for a person.
    pub read_alarms: u64,
    /// The mail server's outage, if there is one.
    pub mail_outage: Option<MailOutage>,
    /// How far reconciliation has come for each account and mode.
    pub reconciled: Vec<(Scope, Cursor)>,
}

impl Store {
    /// What is worth watching, as it is now.
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
            drift_last_day: self.count_drifts(now.plus_secs(-DAY_SECS)).await?,
            reads: self.count_reads(false).await?,
            read_alarms: self.count_reads(true).await?,
            mail_outage: self.mail_outage().await?,
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
    /// Neither `sent` nor `superseded`: those only grow, and to count them would be to look at all of them.
    const STATES: [NoticeState; 5] = [
        NoticeState::Pending,
        NoticeState::Claimed,
        NoticeState::Transmitting,
        NoticeState::Unknown,
        NoticeState::Dead,
    ];
}
