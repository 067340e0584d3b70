//! The recipients of each mail that was handed over, and the recipients whom it did not reach after all.

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::entity::mail_recipient::{ActiveModel, Column, Entity};
use crate::error::at;
use crate::{StoreError, UnixMicros};

/// A mail at its handover.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// The mail's `Message-ID`, without the angle brackets.
    pub message_id: String,
    /// The recipients.
    pub to: Vec<MailRecipient>,
}

/// A recipient of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRecipient {
    /// The recipient's address as it was given.
    pub email: String,
    /// The same address in the form used for comparison: in lower case, with an ASCII domain.
    pub address: String,
}

/// A recipient whom a mail did not reach, although their server, or one on the way, had taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BouncedRecipient {
    /// The recipient's address as it was given.
    pub email: String,
    /// The status code of the bounce.
    pub status: Option<String>,
    /// The text of the bounce.
    pub reply: String,
    /// The time when the bounce was reported.
    pub at: UnixMicros,
}

/// Stores the recipients of a mail. Recipients that are already stored stay unchanged, because a mail may be handed
/// over twice.
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

/// Returns the recipients whom the mails of these notices did not reach.
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
