//! The progress of reconciliation: the position in Stripe's event list, and the last full checks. There is one row per
//! account and mode, with a lease, so that one of several instances does the work.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Set};

use crate::entity::reconciliation::{ActiveModel, Column, Entity, Model};
use crate::error::at;
use crate::{Scope, Store, StoreError, UnixMicros};

/// The progress of reconciliation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The second, by Stripe's clock, up to which every event was listed and posted.
    pub events_through: Option<i64>,
    /// The time of the last check of all 30 days that Stripe lists.
    pub full_at: Option<UnixMicros>,
    /// The time when all objects were last read.
    pub objects_at: Option<UnixMicros>,
}

impl Store {
    /// Claims the reconciliation of an account and mode for `lease_secs`, if no other worker has it, and returns its
    /// progress. The worker that holds it may claim it again, to hold it longer. `worker` is a name that no other
    /// process has.
    ///
    /// # Errors
    /// [`StoreError`]. Then it is not claimed.
    pub async fn claim_reconciliation(
        &self,
        scope: &Scope,
        worker: &str,
        lease_secs: i64,
        now: UnixMicros,
    ) -> Result<Option<Cursor>, StoreError> {
        self.retrying(|| self.try_claim_reconciliation(scope, worker, lease_secs, now))
            .await
    }

    async fn try_claim_reconciliation(
        &self,
        scope: &Scope,
        worker: &str,
        lease_secs: i64,
        now: UnixMicros,
    ) -> Result<Option<Cursor>, StoreError> {
        let tx = self.begin().await?;
        let row = ActiveModel {
            account: Set(scope.account.clone()),
            livemode: Set(scope.livemode),
            events_through: Set(None),
            full_at: Set(None),
            objects_at: Set(None),
            lease_owner: Set(None),
            lease_until: Set(None),
        };
        let mut once = OnConflict::columns([Column::Account, Column::Livemode]);
        Entity::insert(row)
            .on_conflict(once.do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await
            .map_err(at("begin to reconcile"))?;
        let is_free = Condition::any()
            .add(Column::LeaseUntil.is_null())
            .add(Column::LeaseUntil.lte(now.as_micros()))
            .add(Column::LeaseOwner.eq(worker));
        let taken = Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(worker))
            .col_expr(Column::LeaseUntil, Expr::value(now.plus_secs(lease_secs).as_micros()))
            .filter(of(scope))
            .filter(is_free)
            .exec(&tx)
            .await
            .map_err(at("take the reconciliation"))?;
        let row = Entity::find()
            .filter(of(scope))
            .one(&tx)
            .await
            .map_err(at("read how far the reconciliation came"))?;
        self.commit(tx).await?;
        let taken = row.filter(|_| taken.rows_affected == 1);
        Ok(taken.map(|row| row.into_cursor().1))
    }

    /// Stores a worker's progress, and releases the reconciliation. Returns `false` if the worker's lease has ended and
    /// another worker has it. Then nothing is stored, but the events it posted stay posted.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is stored.
    pub async fn settle_reconciliation(
        &self,
        scope: &Scope,
        worker: &str,
        cursor: &Cursor,
        now: UnixMicros,
    ) -> Result<bool, StoreError> {
        let nobody: Option<String> = None;
        let tx = self.begin().await?;
        let kept = Entity::update_many()
            .col_expr(Column::EventsThrough, Expr::value(cursor.events_through))
            .col_expr(Column::FullAt, Expr::value(cursor.full_at.map(UnixMicros::as_micros)))
            .col_expr(Column::ObjectsAt, Expr::value(cursor.objects_at.map(UnixMicros::as_micros)))
            .col_expr(Column::LeaseOwner, Expr::value(nobody))
            .col_expr(Column::LeaseUntil, Expr::value(now.as_micros()))
            .filter(of(scope))
            .filter(Column::LeaseOwner.eq(worker))
            .exec(&tx)
            .await
            .map_err(at("keep how far the reconciliation came"))?;
        self.commit(tx).await?;
        Ok(kept.rows_affected == 1)
    }
}

impl Model {
    pub(crate) fn into_cursor(self) -> (Scope, Cursor) {
        let cursor = Cursor {
            events_through: self.events_through,
            full_at: self.full_at.map(UnixMicros::new),
            objects_at: self.objects_at.map(UnixMicros::new),
        };
        let scope = Scope {
            account: self.account,
            livemode: self.livemode,
        };
        (scope, cursor)
    }
}

fn of(scope: &Scope) -> Condition {
    Condition::all()
        .add(Column::Account.eq(scope.account.as_str()))
        .add(Column::Livemode.eq(scope.livemode))
}
