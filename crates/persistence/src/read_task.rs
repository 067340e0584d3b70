//! Read tasks: the subscriptions that Stripe is to be asked about, because facts of them are in doubt or missing, or
//! because an operator asks. They are added and removed in the transaction of the fold.

use ledger::{CustomerKey, NextRead, ReadReason, ReadSettlement, UnixMicros};
use sea_orm::ActiveValue::NotSet;
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use subscription::SubscriptionId;

use crate::entity::read_task::{ActiveModel, Column, Entity, Model};
use crate::error::at;
use crate::rows::{Existing, Writes};
use crate::{Reads, StoreError};

/// A read that a worker holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTask {
    /// The customer of the subscription.
    pub customer: CustomerKey,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The number of attempts, including this one.
    pub attempt: u32,
    /// The reason to read it.
    pub reason: ReadReason,
    /// The lease: its end, and the proof of it.
    pub lease: ReadLease,
}

/// The right to read one subscription until a moment. A worker that has not finished by then has lost it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadLease {
    /// The end of the lease.
    pub until: UnixMicros,
    /// The owner. It is different for every claim, so that a worker that lost its claim cannot mistake another's for
    /// its own.
    owner: String,
}

/// A subscription that Stripe is to be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRead {
    /// The customer of the subscription.
    pub customer: CustomerKey,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The reason to read it.
    pub reason: ReadReason,
    /// True if it failed, waits for a person, and is retried once a day.
    pub is_alarm: bool,
    /// The number of attempts.
    pub attempts: u32,
    /// The time of the next attempt, or the end of the lease while a worker holds it.
    pub due_at: UnixMicros,
    /// The cause of the last failure.
    pub failure: Option<String>,
    /// The time since when the read is wanted.
    pub since: UnixMicros,
}

/// A filter for the list of reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadFilter {
    /// Only the reads that wait for a person.
    pub alarms_only: bool,
    /// Only the reads after the one with this `since` and subscription.
    pub after: Option<(UnixMicros, SubscriptionId)>,
}

/// The words for the states of a task.
const WAITING: &str = "waiting";
const ALARM: &str = "alarm";

impl Reads<'_> {
    /// Claims the read that has been due longest, for the named worker.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is claimed.
    pub async fn claim(self, worker: &str, lease_secs: i64, now: UnixMicros) -> Result<Option<ReadTask>, StoreError> {
        // This query takes no lock, because nothing is due most of the time.
        if self.next_at().await?.is_none_or(|due_at| due_at > now) {
            return Ok(None);
        }
        self.store.retrying(|| self.try_claim_read(worker, lease_secs, now)).await
    }

    async fn try_claim_read(self, worker: &str, lease_secs: i64, now: UnixMicros) -> Result<Option<ReadTask>, StoreError> {
        let tx = self.store.begin().await?;
        let row = Entity::find()
            .filter(Column::DueAt.lte(now.as_micros()))
            .order_by_asc(Column::DueAt)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .one(&tx)
            .await
            .map_err(at("look for a read that is due"))?;
        let Some(row) = row else {
            return Ok(None);
        };
        let attempts = row.attempts + 1;
        let task = ReadTask {
            customer: row.customer(),
            subscription: SubscriptionId::new(row.subscription_id.as_str()),
            attempt: u32::try_from(attempts).unwrap_or(u32::MAX),
            reason: row.reason(),
            lease: ReadLease {
                until: now.plus_secs(lease_secs),
                owner: format!("{worker}:{attempts}:{}", now.as_micros()),
            },
        };
        let mut row = row.into_active_model();
        row.attempts = Set(attempts);
        row.due_at = Set(task.lease.until.as_micros());
        row.lease_owner = Set(Some(task.lease.owner.clone()));
        row.update(&tx).await.map_err(at("claim a read"))?;
        self.store.commit(tx).await?;
        Ok(Some(task))
    }

    /// Records the outcome of a read. It changes nothing if the lease has ended, or if a new fact scheduled another
    /// read of the subscription meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is written, and the read is retried when the lease ends.
    pub async fn settle(self, task: &ReadTask, settlement: ReadSettlement, now: UnixMicros) -> Result<(), StoreError> {
        let is_mine = of(&task.customer, &task.subscription).add(Column::LeaseOwner.eq(task.lease.owner.as_str()));
        let tx = self.store.begin().await?;
        let Some(next) = NextRead::after(task.attempt, settlement, now) else {
            let done = Entity::delete_many().filter(is_mine).exec(&tx).await;
            done.map_err(at("end a read"))?;
            return self.store.commit(tx).await;
        };
        let nobody: Option<String> = None;
        Entity::update_many()
            .col_expr(Column::State, Expr::value(if next.is_alarm { ALARM } else { WAITING }))
            .col_expr(Column::DueAt, Expr::value(next.due_at.as_micros()))
            .col_expr(Column::Failure, Expr::value(next.failure))
            .col_expr(Column::LeaseOwner, Expr::value(nobody))
            .filter(is_mine)
            .exec(&tx)
            .await
            .map_err(at("put a read off"))?;
        self.store.commit(tx).await
    }

    /// Schedules a read of a subscription at once, for an operator.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn request(self, customer: &CustomerKey, subscription: &SubscriptionId, now: UnixMicros) -> Result<(), StoreError> {
        let reason = ReadReason::Operator;
        let row = read_row(customer, subscription, reason, reason.due_at(now), now);
        let again = Existing::Replace {
            key: &READ,
            columns: &READ_AGAIN,
        };
        let tx = self.store.begin().await?;
        let mut writes = Writes::new(&tx);
        writes.add(vec![row], again).map_err(at("ask for a read"))?;
        writes.finish().await.map_err(at("ask for a read"))?;
        self.store.commit(tx).await
    }

    /// Returns the time when the next read is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_at(self) -> Result<Option<UnixMicros>, StoreError> {
        let due_at: Option<i64> = Entity::find()
            .select_only()
            .column(Column::DueAt)
            .order_by_asc(Column::DueAt)
            .into_tuple()
            .one(&self.store.reading().await?)
            .await
            .map_err(at("look for reads that are due"))?;
        Ok(due_at.map(UnixMicros::new))
    }

    /// Lists the subscriptions to be read, the longest waiting first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(self, filter: &ReadFilter, limit: u64) -> Result<Vec<PendingRead>, StoreError> {
        let mut query = Entity::find()
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::SubscriptionId)
            .limit(limit);
        if filter.alarms_only {
            query = query.filter(Column::State.eq(ALARM));
        }
        if let Some((since, subscription)) = &filter.after {
            let tied = Condition::all()
                .add(Column::CreatedAt.eq(since.as_micros()))
                .add(Column::SubscriptionId.gt(subscription.as_str()));
            let later = Column::CreatedAt.gt(since.as_micros());
            query = query.filter(Condition::any().add(later).add(tied));
        }
        let rows = query.all(&self.store.reading().await?).await;
        let rows = rows.map_err(at("list the reads that are due"))?;
        Ok(rows.into_iter().map(PendingRead::from_row).collect())
    }

    /// Counts the subscriptions to be read, or only those that wait for a person.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(self, alarms_only: bool) -> Result<u64, StoreError> {
        let mut query = Entity::find();
        if alarms_only {
            query = query.filter(Column::State.eq(ALARM));
        }
        let count = query.count(&self.store.reading().await?).await;
        count.map_err(at("count the reads that are due"))
    }

    /// Lists the reads that wait for a person, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alarms(self, limit: u64) -> Result<Vec<PendingRead>, StoreError> {
        let filter = ReadFilter {
            alarms_only: true,
            after: None,
        };
        self.list(&filter, limit).await
    }
}

impl Model {
    fn customer(&self) -> CustomerKey {
        CustomerKey::new(self.customer_id.as_str(), self.account.clone(), self.livemode)
    }

    /// Reads the reason. No other word is ever written, and the meaning of a newer version's word is unknown.
    fn reason(&self) -> ReadReason {
        let reason = ReadReason::ALL.into_iter().find(|reason| reason.as_str() == self.reason);
        reason.unwrap_or(ReadReason::Gap)
    }
}

impl PendingRead {
    fn from_row(row: Model) -> Self {
        Self {
            customer: row.customer(),
            reason: row.reason(),
            subscription: SubscriptionId::new(row.subscription_id),
            is_alarm: row.state == ALARM,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            due_at: UnixMicros::new(row.due_at),
            failure: row.failure,
            since: UnixMicros::new(row.created_at),
        }
    }
}

fn of(customer: &CustomerKey, subscription: &SubscriptionId) -> Condition {
    Condition::all()
        .add(Column::CustomerId.eq(customer.id.as_str()))
        .add(Column::Account.eq(customer.scope.account.as_str()))
        .add(Column::Livemode.eq(customer.scope.livemode))
        .add(Column::SubscriptionId.eq(subscription.as_str()))
}

/// The key columns of a read.
pub(crate) const READ: [&str; 4] = ["customer_id", "account", "livemode", "subscription_id"];

/// The columns that a new reason resets. A worker that holds the read loses it, because its answer predates the reason.
pub(crate) const READ_AGAIN: [&str; 6] = ["reason", "state", "due_at", "attempts", "lease_owner", "failure"];

/// Makes the key of a read, as a row to remove.
pub(crate) fn read_key(customer: &CustomerKey, subscription: &SubscriptionId) -> ActiveModel {
    ActiveModel {
        customer_id: Set(customer.id.to_string()),
        account: Set(customer.scope.account.clone()),
        livemode: Set(customer.scope.livemode),
        subscription_id: Set(subscription.to_string()),
        reason: NotSet,
        state: NotSet,
        due_at: NotSet,
        attempts: NotSet,
        lease_owner: NotSet,
        failure: NotSet,
        created_at: NotSet,
    }
}

/// Makes the row of a read.
pub(crate) fn read_row(
    customer: &CustomerKey,
    subscription: &SubscriptionId,
    reason: ReadReason,
    due_at: UnixMicros,
    now: UnixMicros,
) -> ActiveModel {
    ActiveModel {
        reason: Set(reason.as_str().to_owned()),
        state: Set(WAITING.to_owned()),
        due_at: Set(due_at.as_micros()),
        attempts: Set(0),
        lease_owner: Set(None),
        failure: Set(None),
        created_at: Set(now.as_micros()),
        ..read_key(customer, subscription)
    }
}
