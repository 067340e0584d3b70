//! Bounces: mails that came back after a mail server had taken them.

use ledger::{Rejection, UnixMicros};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use subscription::notices::NoticeContent;

use crate::entity::mail_recipient::{ActiveModel, Column, Entity, Model};
use crate::error::{at, from_json};
use crate::objections::{suppress, tenant_addressed};
use crate::outbox::{locked, owe_new};
use crate::{Outbox, StoreError};

/// A bounce: a mail that was taken, and that permanently cannot be delivered to a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The mail that bounced.
    pub mail: BouncedMail,
    /// The address that the mail could not be delivered to, in the form used for comparison.
    pub address: String,
    /// The address that forwarded the mail to that one, unless Dunlin sent it there itself.
    pub passed_on_by: Option<String>,
    /// True if the address itself is bad.
    pub is_bad_address: bool,
    /// The status code of the bounce.
    pub status: Option<String>,
    /// The text of the bounce.
    pub reply: String,
}

/// The identification of a mail that bounced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BouncedMail {
    /// The number of its notice.
    Notice(i64),
    /// Its `Message-ID`.
    Message(String),
}

/// The outcome of a bounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceOutcome {
    /// The address was suppressed.
    Suppressed,
    /// The bounce was recorded with the mail. The address is not to blame.
    Recorded,
    /// The bounce was already known.
    Duplicate,
}

impl Outbox<'_> {
    /// Records once that a mail bounced. It suppresses a bad address and owes the admin a notice of that, as if a mail
    /// server had refused the address. Returns the number of the mail's notice and the outcome, or `None` if no such
    /// mail was handed over for this address.
    ///
    /// Only the address that the mail was sent to is ever suppressed, whatever the tenant's contacts are by now. An
    /// address that forwarded the mail is never suppressed, because it may stand for other recipients too.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is recorded.
    pub async fn bounce(self, bounce: &Bounce, now: UnixMicros) -> Result<Option<(i64, BounceOutcome)>, StoreError> {
        let tx = self.store.begin().await?;
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
            if is_news && !from_json::<NoticeContent>("notice", &notice.notice)?.is_about_mail() {
                let owed = rejection.notice(tenant_addressed(&notice), now);
                owe_new(&tx, [owed], "tell of a mail that bounced").await?;
            }
        }
        self.store.commit(tx).await?;
        let outcome = if is_suppressed {
            BounceOutcome::Suppressed
        } else {
            BounceOutcome::Recorded
        };
        Ok(Some((id, outcome)))
    }
}

/// Returns the recipient of this mail who has this address.
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

/// Records that a recipient's mail bounced. Returns true if that is new.
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
