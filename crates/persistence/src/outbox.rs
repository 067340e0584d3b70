//! The outbox: a row per notice owed, from the moment it is decided to what became of it.

use sea_orm::ActiveValue::NotSet;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use subscription::{Audience, Dispute, DisputeId, EventId, Notice};

use crate::entity::outbox;
use crate::error::{at, from_json, to_json};
use crate::{BouncedRecipient, Store, StoreError, UnixMicros, bounce};

/// What a mail is about: a tenant's subscription, or our own work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Matter {
    /// A tenant's subscription.
    Notice(Notice),
    /// Our own work; for our own people.
    Team(TeamNotice),
}

/// A notice to our own admin about Dunlin's own work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TeamNotice {
    /// A mail server says that an address takes no mail; it is not written to any more.
    AddressRejected {
        /// The address.
        email: String,
        /// The server's words.
        reply: String,
    },
    /// A mail server refuses us, or what we send; told once a day while it does.
    MailRefused {
        /// The server's words, or what is missing.
        reply: String,
        /// When it did, in Unix seconds.
        at_secs: i64,
    },
    /// What waits for a person, once a day.
    Digest(Digest),
    /// Stripe told what no webhook had.
    DriftAlert(DriftAlert),
    /// A payment is disputed, or a card network warns of it, and nobody knows whose it was.
    UnknownPayer(UnknownPayer),
}

/// A dispute or a warning about a payment of nobody that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownPayer {
    /// Which one.
    pub id: DisputeId,
    /// What is told of it.
    pub dispute: Dispute,
}

/// What was found by asking Stripe since our admin was last told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftAlert {
    /// How much it is.
    pub count: u64,
    /// When the first of it was found, in Unix seconds.
    pub since_secs: i64,
    /// The first of it.
    pub listed: Vec<DriftedThing>,
}

/// One thing of a drift alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftedThing {
    /// The tenant, or the customer where nobody is bound to it.
    pub of: String,
    /// Stripe's id of what was wrong.
    pub object_id: String,
    /// What was wrong, as [`Drift::what`](crate::Drift::what).
    pub what: String,
    /// What we had.
    pub from: Option<String>,
    /// What Stripe has.
    pub to: Option<String>,
    /// The event that was never delivered, where one was found.
    pub event: Option<String>,
}

/// What came to wait for a person within a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The day's first second, UTC.
    pub since_secs: i64,
    /// The next day's first second.
    pub until_secs: i64,
    /// How many deliveries could not be read.
    pub quarantined: u64,
    /// How many notices were given up.
    pub dead_count: u64,
    /// The first of them.
    pub dead: Vec<Stuck>,
    /// How many notices may or may not have been sent.
    pub unknown_count: u64,
    /// The first of them.
    pub unknown: Vec<Stuck>,
}

/// A notice that goes no further by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// Its number.
    pub id: i64,
    /// Its kind.
    pub notice: String,
    /// The tenant.
    pub tenant_id: String,
    /// Why.
    pub reason: String,
}

impl Matter {
    /// Every kind there is.
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

    /// The word for this kind of matter.
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

    /// Whether it is about mail that could not be sent. Of such a notice that cannot be sent either, nobody is told.
    pub fn is_about_mail(&self) -> bool {
        matches!(
            self,
            Self::Team(TeamNotice::AddressRejected { .. } | TeamNotice::MailRefused { .. })
        )
    }

    /// Whom it is for.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Notice(notice) => notice.audience(),
            Self::Team(_) => Audience::Admin,
        }
    }
}

/// Where a notice is on its way.
///
/// `pending → claimed → transmitting → sent`; from `transmitting` also to `unknown`, where it is not known whether the server
/// took the mail. `superseded` was not sent because it is no longer to be; `dead` could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeState {
    /// It waits for its time.
    Pending,
    /// A worker has it; nothing of it has been handed over.
    Claimed,
    /// It is being handed over. Whoever finds it here past its lease cannot know whether it was.
    Transmitting,
    /// The server took it.
    Sent,
    /// The server may have taken it; a person decides.
    Unknown,
    /// It was given up; a person decides.
    Dead,
    /// It is not to be sent any more.
    Superseded,
}

impl NoticeState {
    /// Every state there is.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Claimed,
        Self::Transmitting,
        Self::Sent,
        Self::Unknown,
        Self::Dead,
        Self::Superseded,
    ];

    /// Those that a worker takes further.
    pub(crate) const OPEN: [&'static str; 3] = ["pending", "claimed", "transmitting"];

    /// Those in which the customer may have read the mail.
    pub(crate) const TOLD: [&'static str; 3] = ["sent", "unknown", "transmitting"];

    /// The word for it.
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

    /// The state of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A notice that is owed to a tenant, decided exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedNotice {
    /// Our own number for it; later ones are greater.
    pub id: i64,
    /// What makes it unique.
    pub dedupe_key: String,
    /// The tenant it is about; empty where it is about none.
    pub tenant_id: String,
    /// `customer`, `admin` or `sales`.
    pub audience: String,
    /// What to tell, as it was decided. What is sent tells what is true by then.
    pub matter: Matter,
    /// Where it is on its way.
    pub state: NoticeState,
    /// When it is due, or its lease ends.
    pub due_at: UnixMicros,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it is where it is: held back, tried in vain, superseded, given up.
    pub reason: Option<String>,
    /// Whom it was delivered to.
    pub delivered_to: Vec<String>,
    /// Whom it did not reach after all.
    pub bounced: Vec<BouncedRecipient>,
    /// When it came to its end.
    pub settled_at: Option<UnixMicros>,
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
    pub state: Option<NoticeState>,
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
        let reading = self.reading().await?;
        let rows = query.all(&reading).await.map_err(at("list the notices"))?;
        let mut bounced = bounce::bounced(&reading, rows.iter().map(|row| row.id)).await?;
        let notices = rows.into_iter().map(|row| {
            let of_row = bounced.remove(&row.id).unwrap_or_default();
            OwedNotice::from_row(row, of_row)
        });
        notices.collect()
    }
}

impl OwedNotice {
    /// The notice of this row, with what is known of its mail.
    pub(crate) async fn of_row(db: &impl ConnectionTrait, row: outbox::Model) -> Result<Self, StoreError> {
        let bounced = bounce::bounced(db, [row.id]).await?.remove(&row.id);
        Self::from_row(row, bounced.unwrap_or_default())
    }

    fn from_row(row: outbox::Model, bounced: Vec<BouncedRecipient>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            dedupe_key: row.dedupe_key,
            tenant_id: row.tenant_id,
            audience: row.audience,
            matter: from_json("notice", &row.notice)?,
            // No other word is ever written; one from a newer version waits for a person.
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

/// The row of a notice that is owed from now on. It is about no tenant unless the caller says so.
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

/// The same notice, not to be sent.
pub(crate) fn superseded(row: outbox::ActiveModel, reason: &str, now: UnixMicros) -> outbox::ActiveModel {
    outbox::ActiveModel {
        state: Set(NoticeState::Superseded.as_str().to_owned()),
        reason: Set(Some(reason.to_owned())),
        settled_at: Set(Some(now.as_micros())),
        ..row
    }
}
