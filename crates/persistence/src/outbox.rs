//! The outbox: a row per notice owed, from the decision to the outcome.

use sea_orm::ActiveValue::NotSet;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::{EventId, NoticeContent};

use crate::entity::outbox;
use crate::error::{at, from_json, to_json};
use crate::{BouncedRecipient, Store, StoreError, UnixMicros, mail_recipient};

/// The state of a notice on its way.
///
/// `pending → claimed → transmitting → sent`; from `transmitting` also to `unknown`, if it is unknown whether the
/// server took the mail. A `superseded` notice was not sent because it no longer holds; a `dead` one could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeState {
    /// The notice waits until it is due.
    Pending,
    /// A worker has claimed the notice. Nothing of it has been handed over.
    Claimed,
    /// The notice is being handed over. After the lease nobody can know whether it was.
    Transmitting,
    /// The server took the notice.
    Sent,
    /// The server may have taken the notice. A person decides.
    Unknown,
    /// The notice was given up. A person decides.
    Dead,
    /// The notice is no longer to be sent.
    Superseded,
}

impl NoticeState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Claimed,
        Self::Transmitting,
        Self::Sent,
        Self::Unknown,
        Self::Dead,
        Self::Superseded,
    ];

    /// The states from which a worker goes on.
    pub(crate) const OPEN: [&'static str; 3] = ["pending", "claimed", "transmitting"];

    /// The states in which the customer may have read the mail.
    pub(crate) const TOLD: [&'static str; 3] = ["sent", "unknown", "transmitting"];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Transmitting => "transmitting",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Dead => "dead",
            Self::Superseded => "superseded",
        }
    }

    /// Returns the state of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

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

impl Store {
    /// Lists notices in the order of their decisions, at most `limit`.
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
        let reading = self.reading().await?;
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
        Ok(Self {
            id: row.id,
            dedupe_key: row.dedupe_key,
            tenant_id: row.tenant_id,
            audience: row.audience,
            content: from_json("notice", &row.notice)?,
            // No other word is ever written. A word of a newer version waits for a person.
            state: NoticeState::parse(&row.state).unwrap_or(NoticeState::Unknown),
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

/// Makes the row of a notice that is owed from now on. It is about no tenant unless the caller says so.
pub(crate) fn owed_row(
    dedupe_key: String,
    content: &NoticeContent,
    due_at: UnixMicros,
    now: UnixMicros,
) -> Result<outbox::ActiveModel, StoreError> {
    let invoice = match content {
        NoticeContent::Notice(notice) => notice.invoice().map(ToString::to_string),
        NoticeContent::Staff(_) => None,
    };
    Ok(outbox::ActiveModel {
        id: NotSet,
        dedupe_key: Set(dedupe_key),
        account: Set(String::new()),
        livemode: Set(false),
        customer_id: Set(String::new()),
        tenant_id: Set(String::new()),
        kind: Set(content.kind().to_owned()),
        audience: Set(content.audience().as_str().to_owned()),
        notice: Set(to_json("notice", content)?),
        state: Set(NoticeState::Pending.as_str().to_owned()),
        due_at: Set(due_at.as_micros()),
        event_id: Set(None),
        created_at: Set(now.as_micros()),
        invoice_id: Set(invoice),
        attempts: Set(0),
        lease_owner: Set(None),
        transmitted_at: Set(None),
        settled_at: Set(None),
        reason: Set(None),
        delivered_to: Set("[]".to_owned()),
    })
}

/// Makes the row of the same notice, but superseded.
pub(crate) fn superseded(row: outbox::ActiveModel, reason: &str, now: UnixMicros) -> outbox::ActiveModel {
    outbox::ActiveModel {
        state: Set(NoticeState::Superseded.as_str().to_owned()),
        reason: Set(Some(reason.to_owned())),
        settled_at: Set(Some(now.as_micros())),
        ..row
    }
}
