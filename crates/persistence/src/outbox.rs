//! The outbox: a row per notice owed, from the decision to the outcome.

use ledger::{NewNotice, NoticeState, Sending, UnixMicros};
use sea_orm::ActiveValue::NotSet;
use sea_orm::sea_query::{OnConflict, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};
use subscription::EventId;
use subscription::notices::NoticeContent;

use crate::entity::outbox;
use crate::error::{at, from_json, to_json};
use crate::{BouncedRecipient, Outbox, StoreError, mail_recipient};

/// A notice that is owed to a tenant, decided exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedNotice {
    /// Dunlin's own number. Later ones are greater.
    pub id: i64,
    /// The key that makes the notice unique.
    pub dedupe_key: String,
    /// The tenant that it is about, or empty if it is about none.
    pub tenant_id: String,
    /// `customer`, `admin` or `sales`.
    pub audience: String,
    /// The content as it was decided. A mail tells what is true when it is sent.
    pub content: NoticeContent,
    /// The state of the notice.
    pub state: NoticeState,
    /// The time when it is due, or when its lease ends.
    pub due_at: UnixMicros,
    /// The number of attempts.
    pub attempts: i64,
    /// The reason for its state: held back, failed, superseded, given up.
    pub reason: Option<String>,
    /// The recipients it was delivered to.
    pub delivered_to: Vec<String>,
    /// The recipients it did not reach after all.
    pub bounced: Vec<BouncedRecipient>,
    /// The time when it reached its final state.
    pub settled_at: Option<UnixMicros>,
    /// The event that it follows from, if there is one.
    pub event: Option<EventId>,
    /// The time of the decision.
    pub created_at: UnixMicros,
}

/// A filter for the list of notices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Only the notices about this tenant.
    pub tenant_id: Option<String>,
    /// Only the notices in this state.
    pub state: Option<NoticeState>,
    /// Only the notices after this number.
    pub after: Option<i64>,
}

impl Outbox<'_> {
    /// Lists notices in the order of their decisions, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(self, filter: &NoticeFilter, limit: u64) -> Result<Vec<OwedNotice>, StoreError> {
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
        let reading = self.store.reading().await?;
        let rows = query.all(&reading).await.map_err(at("list the notices"))?;
        let mut bounced = mail_recipient::bounced(&reading, rows.iter().map(|row| row.id)).await?;
        let notices = rows.into_iter().map(|row| {
            let of_row = bounced.remove(&row.id).unwrap_or_default();
            OwedNotice::from_row(row, of_row)
        });
        notices.collect()
    }
}

impl OwedNotice {
    /// Makes the notice of this row, with its bounces.
    pub(crate) async fn of_row(db: &impl ConnectionTrait, row: outbox::Model) -> Result<Self, StoreError> {
        let bounced = mail_recipient::bounced(db, [row.id]).await?.remove(&row.id);
        Self::from_row(row, bounced.unwrap_or_default())
    }

    fn from_row(row: outbox::Model, bounced: Vec<BouncedRecipient>) -> Result<Self, StoreError> {
        let state = state_of(&row);
        Ok(Self {
            id: row.id,
            dedupe_key: row.dedupe_key,
            tenant_id: row.tenant_id,
            audience: row.audience,
            content: from_json("notice", &row.notice)?,
            state,
            due_at: UnixMicros::new(row.due_at),
            attempts: row.attempts,
            reason: row.reason,
            delivered_to: from_json("list of recipients", &row.delivered_to)?,
            bounced,
            settled_at: row.settled_at.map(UnixMicros::new),
            event: row.event_id.map(EventId::new),
            created_at: UnixMicros::new(row.created_at),
        })
    }
}

/// Returns the notice, locked until the unit of work ends.
pub(crate) async fn locked(tx: &impl ConnectionTrait, id: i64) -> Result<Option<outbox::Model>, StoreError> {
    let row = outbox::Entity::find_by_id(id).lock_exclusive().one(tx).await;
    row.map_err(at("read the notice"))
}

/// Makes the row of a notice that is owed from now on.
pub(crate) fn notice_row(notice: NewNotice) -> Result<outbox::ActiveModel, StoreError> {
    let state = match notice.superseded {
        Some(_) => NoticeState::Superseded,
        None => NoticeState::Pending,
    };
    let created_at = notice.created_at.as_micros();
    let invoice = notice.invoice().map(ToString::to_string);
    Ok(outbox::ActiveModel {
        id: NotSet,
        dedupe_key: Set(notice.dedupe_key),
        account: Set(notice.scope.account),
        livemode: Set(notice.scope.livemode),
        customer_id: Set(notice.customer.map_or_else(String::new, |customer| customer.to_string())),
        tenant_id: Set(notice.tenant.map_or_else(String::new, |tenant| tenant.to_string())),
        kind: Set(notice.content.kind().to_owned()),
        audience: Set(notice.content.audience().as_str().to_owned()),
        notice: Set(to_json("notice", &notice.content)?),
        state: Set(state.as_str().to_owned()),
        due_at: Set(notice.due_at.as_micros()),
        event_id: Set(notice.event.map(|event| event.to_string())),
        created_at: Set(created_at),
        invoice_id: Set(invoice),
        attempts: Set(0),
        lease_owner: Set(None),
        transmitted_at: Set(None),
        settled_at: Set(notice.superseded.map(|_| created_at)),
        reason: Set(notice.superseded.map(str::to_owned)),
        delivered_to: Set("[]".to_owned()),
    })
}

/// Owes these notices, unless they are owed already.
pub(crate) async fn owe_new(
    tx: &impl ConnectionTrait,
    notices: impl IntoIterator<Item = NewNotice>,
    step: &'static str,
) -> Result<(), StoreError> {
    for notice in notices {
        outbox::Entity::insert(notice_row(notice)?)
            .on_conflict(OnConflict::column(outbox::Column::DedupeKey).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await
            .map_err(at(step))?;
    }
    Ok(())
}

/// Returns how far the notice of this row has come.
pub(crate) fn sending_of(row: &outbox::Model) -> Result<Sending, StoreError> {
    Ok(Sending {
        state: state_of(row),
        due_at: UnixMicros::new(row.due_at),
        attempts: row.attempts,
        transmitted_at: row.transmitted_at.map(UnixMicros::new),
        delivered_to: from_json("list of recipients", &row.delivered_to)?,
        reason: row.reason.clone(),
        settled_at: row.settled_at.map(UnixMicros::new),
    })
}

/// Writes how far a notice has come, and who holds it.
pub(crate) async fn write_sending(
    tx: &impl ConnectionTrait,
    row: outbox::Model,
    sending: &Sending,
    lease_owner: Option<String>,
    step: &'static str,
) -> Result<outbox::Model, StoreError> {
    let mut row = row.into_active_model();
    row.set_if_not_equals(outbox::Column::State, sending.state.as_str().into());
    row.set_if_not_equals(outbox::Column::DueAt, sending.due_at.as_micros().into());
    row.set_if_not_equals(outbox::Column::Attempts, sending.attempts.into());
    row.set_if_not_equals(
        outbox::Column::TransmittedAt,
        sending.transmitted_at.map(UnixMicros::as_micros).into(),
    );
    row.set_if_not_equals(
        outbox::Column::SettledAt,
        sending.settled_at.map(UnixMicros::as_micros).into(),
    );
    row.set_if_not_equals(outbox::Column::Reason, sending.reason.clone().into());
    row.set_if_not_equals(outbox::Column::LeaseOwner, lease_owner.into());
    let delivered_to = to_json("list of recipients", &sending.delivered_to)?;
    row.set_if_not_equals(outbox::Column::DeliveredTo, delivered_to.into());
    row.update(tx).await.map_err(at(step))
}

/// Returns the state of a row. No other word is ever written. A word of a newer version waits for a person.
pub(crate) fn state_of(row: &outbox::Model) -> NoticeState {
    NoticeState::parse(&row.state).unwrap_or(NoticeState::Unknown)
}

/// Returns a condition for rows in one of these states.
pub(crate) fn is_in(states: impl IntoIterator<Item = NoticeState>) -> SimpleExpr {
    outbox::Column::State.is_in(states.into_iter().map(NoticeState::as_str))
}
