//! Whom each mail was handed over for, and what came back of it after a mail server had taken it.

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::entity::mail_recipient::{ActiveModel, Column, Entity, Model};
use crate::error::{at, from_json};
use crate::settle::{locked, rejected, suppress, tell};
use crate::{Matter, Rejection, Store, StoreError, UnixMicros};

/// A mail as it is handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// Its `Message-ID`, without the angle brackets.
    pub message_id: String,
    /// Whom it is for.
    pub to: Vec<MailRecipient>,
}

/// Somebody a mail is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRecipient {
    /// Their address as it was given.
    pub email: String,
    /// The same as addresses are compared: in lower case, with a domain in ASCII.
    pub address: String,
}

/// A mail that was taken and for good cannot be delivered to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Which mail.
    pub mail: BouncedMail,
    /// The address that it could not be delivered to, as addresses are compared.
    pub address: String,
    /// The address that passed the mail on to that one, if it was not sent there by us.
    pub passed_on_by: Option<String>,
    /// Whether the address is a bad one.
    pub is_bad_address: bool,
    /// The code that goes with it.
    pub status: Option<String>,
    /// The words that go with it.
    pub reply: String,
}

/// How a mail that bounced is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BouncedMail {
    /// By its notice.
    Notice(i64),
    /// By its `Message-ID`.
    Message(String),
}

/// What a bounce came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceOutcome {
    /// The address is suppressed.
    Suppressed,
    /// It is noted of the mail. The address is not to blame.
    Recorded,
    /// It was known.
    Duplicate,
}

/// A recipient whom a mail did not reach, though their server, or one on the way, had taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BouncedRecipient {
    /// Their address as it was given.
    pub email: String,
    /// The code that goes with it.
    pub status: Option<String>,
    /// The words that go with it.
    pub reply: String,
    /// When we were told.
    pub at: UnixMicros,
}

impl Store {
    /// Notes that a mail bounced, once; suppresses the address if it is a bad one, and owes our admin word of that, as if a mail server
    /// had refused it. The number of its notice, and what it came to; `None`: no such mail was handed over for this address.
    ///
    /// Only the address that the mail was sent to is ever suppressed, whatever the tenant's contacts are by now. An address that passed
    /// the mail on is not: it may have others behind it.
    ///
    /// # Errors
    /// [`StoreError`]; then it is as if nothing had been told.
    pub async fn bounce(&self, bounce: &Bounce, now: UnixMicros) -> Result<Option<(i64, BounceOutcome)>, StoreError> {
        let tx = self.begin().await?;
        let direct = find(&tx, &bounce.mail, Some(&bounce.address)).await?;
        let is_direct = direct.is_some();
        let recipient = match direct {
            Some(recipient) => Some(recipient),
            None => find(&tx, &bounce.mail, bounce.passed_on_by.as_ref()).await?,
        };
        let Some(recipient) = recipient else {
            return Ok(None);
        };
        let id = recipient.notice_id;
        let Some(notice) = locked(&tx, id).await? else {
            return Ok(None);
        };
        if !note(&tx, &recipient, bounce, now).await? {
            return Ok(Some((id, BounceOutcome::Duplicate)));
        }
        let is_suppressed = is_direct && bounce.is_bad_address;
        if is_suppressed {
            let rejection = Rejection {
                email: recipient.email,
                reply: bounce.reply.clone(),
            };
            let is_news = suppress(&tx, &rejection, now).await?;
            if is_news && !from_json::<Matter>("notice", &notice.notice)?.is_about_mail() {
                tell(&tx, vec![rejected(&notice, &rejection, now)?]).await?;
            }
        }
        self.commit(tx).await?;
        let outcome = if is_suppressed {
            BounceOutcome::Suppressed
        } else {
            BounceOutcome::Recorded
        };
        Ok(Some((id, outcome)))
    }
}

/// The recipient of this mail who has this address.
async fn find(tx: &impl ConnectionTrait, mail: &BouncedMail, address: Option<&String>) -> Result<Option<Model>, StoreError> {
    let Some(address) = address else {
        return Ok(None);
    };
    let of_mail = match mail {
        BouncedMail::Notice(id) => Column::NoticeId.eq(*id),
        BouncedMail::Message(id) => Column::MessageId.eq(id.as_str()),
    };
    let found = Entity::find().filter(of_mail).filter(Column::Address.eq(address.as_str()));
    found.one(tx).await.map_err(at("look for the mail that bounced"))
}

/// Notes that a recipient's mail bounced; whether that is new.
async fn note(tx: &impl ConnectionTrait, recipient: &Model, bounce: &Bounce, now: UnixMicros) -> Result<bool, StoreError> {
    let bounced = ActiveModel {
        bounced_at: Set(Some(now.as_micros())),
        status: Set(bounce.status.clone()),
        reply: Set(Some(bounce.reply.clone())),
        ..Default::default()
    };
    let noted = Entity::update_many()
        .set(bounced)
        .filter(Column::NoticeId.eq(recipient.notice_id))
        .filter(Column::Address.eq(recipient.address.as_str()))
        .filter(Column::BouncedAt.is_null())
        .exec(tx)
        .await
        .map_err(at("note that a mail bounced"))?;
    Ok(noted.rows_affected > 0)
}

/// Keeps whom a mail is handed over for. Who is there already stays as they are: a mail may be handed over twice.
pub(crate) async fn keep(tx: &impl ConnectionTrait, notice_id: i64, handed_over: &HandedOver) -> Result<(), StoreError> {
    let rows = handed_over.to.iter().map(|recipient| ActiveModel {
        notice_id: Set(notice_id),
        address: Set(recipient.address.clone()),
        email: Set(recipient.email.clone()),
        message_id: Set(handed_over.message_id.clone()),
        ..Default::default()
    });
    let rows: Vec<ActiveModel> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let known = OnConflict::columns([Column::NoticeId, Column::Address])
        .do_nothing()
        .to_owned();
    Entity::insert_many(rows)
        .on_conflict(known)
        .exec_without_returning(tx)
        .await
        .map(drop)
        .map_err(at("keep whom a mail is for"))
}

/// Those whom the mails of these notices did not reach.
pub(crate) async fn bounced(
    db: &impl ConnectionTrait,
    notice_ids: impl IntoIterator<Item = i64>,
) -> Result<BTreeMap<i64, Vec<BouncedRecipient>>, StoreError> {
    let rows = Entity::find()
        .filter(Column::NoticeId.is_in(notice_ids))
        .filter(Column::BouncedAt.is_not_null())
        .order_by_asc(Column::NoticeId)
        .order_by_asc(Column::Address)
        .all(db)
        .await
        .map_err(at("look for mails that bounced"))?;
    let mut bounced: BTreeMap<i64, Vec<BouncedRecipient>> = BTreeMap::new();
    for row in rows {
        let recipient = BouncedRecipient {
            email: row.email,
            status: row.status,
            reply: row.reply.unwrap_or_default(),
            at: UnixMicros::new(row.bounced_at.unwrap_or_default()),
        };
        bounced.entry(row.notice_id).or_default().push(recipient);
    }
    Ok(bounced)
}
