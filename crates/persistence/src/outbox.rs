//! The outbox: a row per notice owed, from the decision to the outcome.

use sea_orm::ActiveValue::NotSet;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use subscription::{Audience, Dispute, DisputeId, EventId, Notice};

use crate::entity::outbox;
use crate::error::{at, from_json, to_json};
use crate::{BouncedRecipient, Store, StoreError, UnixMicros, mail_recipient};

/// The subject of a mail: a tenant's subscription, or Dunlin's own work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Matter {
    /// A tenant's subscription.
    Notice(Notice),
    /// Dunlin's own work, for the SaaS's own staff.
    Team(TeamNotice),
}

/// A notice to the admin about Dunlin's own work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TeamNotice {
    /// A mail server says that an address takes no mail. The address is suppressed.
    AddressRejected {
        /// The address.
        email: String,
        /// The server's words.
        reply: String,
    },
    /// A mail server refuses Dunlin, or its mails. This is told once a day while it lasts.
    MailRefused {
        /// The server's words, or the missing capability.
        reply: String,
        /// The time of the refusal, in Unix seconds.
        at_secs: i64,
    },
    /// The matters that wait for a person, once a day.
    Digest(Digest),
    /// Differences that Stripe revealed and no webhook delivered.
    DriftAlert(DriftAlert),
    /// A dispute of a payment, or a card network's warning of one, whose payer is unknown.
    UnknownPayer(UnknownPayer),
}

/// A dispute or a warning about a payment whose payer is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownPayer {
    /// The id of the dispute or warning.
    pub id: DisputeId,
    /// The facts of the dispute.
    pub dispute: Dispute,
}

/// The drift found since the last alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftAlert {
    /// The number of differences.
    pub count: u64,
    /// The time when the first was found, in Unix seconds.
    pub since_secs: i64,
    /// The first differences.
    pub listed: Vec<DriftedThing>,
}

/// One difference of a drift alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftedThing {
    /// The tenant, or the customer if no tenant is bound to it.
    pub of: String,
    /// Stripe's id of the object that differed.
    pub object_id: String,
    /// The field that differed, as in [`Drift::what`](crate::Drift::what).
    pub what: String,
    /// Dunlin's value.
    pub from: Option<String>,
    /// Stripe's value.
    pub to: Option<String>,
    /// The event that was never delivered, if one was found.
    pub event: Option<String>,
}

/// The matters of a day that wait for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The day's first second, UTC.
    pub since_secs: i64,
    /// The next day's first second.
    pub until_secs: i64,
    /// The number of deliveries that could not be read.
    pub quarantined: u64,
    /// The number of notices that were given up.
    pub dead_count: u64,
    /// The first of them.
    pub dead: Vec<Stuck>,
    /// The number of notices that may or may not have been sent.
    pub unknown_count: u64,
    /// The first of them.
    pub unknown: Vec<Stuck>,
}

/// A notice that does not move on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// The number of the notice.
    pub id: i64,
    /// The kind of the notice.
    pub notice: String,
    /// The tenant.
    pub tenant_id: String,
    /// The reason why it is stuck.
    pub reason: String,
}

impl Matter {
    /// All kinds.
    pub const KINDS: [&'static str; 35] = [
        "payment_failed",
        "payment_failed_alert",
        "payment_action_required",
        "payment_recovered",
        "paid_after_cancel_alert",
        "invoice_due_soon",
        "invoice_overdue",
        "invoice_overdue_alert",
        "invoice_voided_alert",
        "invoice_uncollectible_alert",
        "finalization_failed_alert",
        "payment_attempt_required_alert",
        "subscription_unpaid_alert",
        "dispute_alert",
        "early_fraud_warning_alert",
        "payer_with_new_customer",
        "cancellation_scheduled",
        "cancellation_scheduled_alert",
        "cancellation_withdrawn",
        "cancellation_withdrawn_alert",
        "subscription_paused",
        "subscription_resumed",
        "access_suspended",
        "trial_started",
        "trial_ending",
        "trial_expired",
        "renewal_upcoming",
        "card_updated",
        "card_expiring",
        "subscription_canceled",
        "churn_alert",
        "address_rejected",
        "mail_refused",
        "digest",
        "drift_alert",
    ];

    /// Returns the word for this kind of matter.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Notice(notice) => notice.kind(),
            Self::Team(TeamNotice::AddressRejected { .. }) => "address_rejected",
            Self::Team(TeamNotice::MailRefused { .. }) => "mail_refused",
            Self::Team(TeamNotice::Digest(_)) => "digest",
            Self::Team(TeamNotice::DriftAlert(_)) => "drift_alert",
            Self::Team(TeamNotice::UnknownPayer(unknown)) => unknown.dispute.notice(&unknown.id).kind(),
        }
    }

    /// Returns true if it is about mail that could not be sent. If such a notice cannot be sent either, nobody is told
    /// of that.
    pub fn is_about_mail(&self) -> bool {
        matches!(
            self,
            Self::Team(TeamNotice::AddressRejected { .. } | TeamNotice::MailRefused { .. })
        )
    }

    /// Returns the audience.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Notice(notice) => notice.audience(),
            Self::Team(_) => Audience::Admin,
        }
    }
}

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
    pub matter: Matter,
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
            matter: from_json("notice", &row.notice)?,
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
    matter: &Matter,
    due_at: UnixMicros,
    now: UnixMicros,
) -> Result<outbox::ActiveModel, StoreError> {
    let invoice = match matter {
        Matter::Notice(notice) => notice.invoice().map(ToString::to_string),
        Matter::Team(_) => None,
    };
    Ok(outbox::ActiveModel {
        id: NotSet,
        dedupe_key: Set(dedupe_key),
        account: Set(String::new()),
        livemode: Set(false),
        customer_id: Set(String::new()),
        tenant_id: Set(String::new()),
        kind: Set(matter.kind().to_owned()),
        audience: Set(to_json("audience", &matter.audience())?.trim_matches('"').to_owned()),
        notice: Set(to_json("notice", matter)?),
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
