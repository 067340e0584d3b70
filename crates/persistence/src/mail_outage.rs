//! The outage of the mail server, recorded for every process of the database.

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};

use crate::entity::mail_outage;
use crate::error::at;
use crate::{Outbox, StoreError, UnixMicros};

/// The key of the only row.
const ID: i64 = 1;

/// An outage of the mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailOutage {
    /// The time of the first failure.
    pub since: UnixMicros,
    /// The time of the last failure.
    pub last_at: UnixMicros,
    /// The last failure, in the server's words if it has any.
    pub reason: String,
}

impl Outbox<'_> {
    /// Returns the mail server's outage, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mail_outage(self) -> Result<Option<MailOutage>, StoreError> {
        let row = mail_outage::Entity::find_by_id(ID).one(&self.store.reading().await?).await;
        let row = row.map_err(at("read the outage of the mail server"))?;
        Ok(row.map(|row| MailOutage {
            since: UnixMicros::new(row.since),
            last_at: UnixMicros::new(row.last_at),
            reason: row.reason,
        }))
    }

    /// Records that the mail server cannot be used, with the reason. Returns true if the outage is new.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_mail_outage(self, reason: &str, now: UnixMicros) -> Result<bool, StoreError> {
        let is_new = self.mail_outage().await?.is_none();
        let row = mail_outage::ActiveModel {
            id: Set(ID),
            since: Set(now.as_micros()),
            last_at: Set(now.as_micros()),
            reason: Set(reason.to_owned()),
        };
        let known = OnConflict::column(mail_outage::Column::Id)
            .update_columns([mail_outage::Column::LastAt, mail_outage::Column::Reason])
            .to_owned();
        let tx = self.store.begin().await?;
        mail_outage::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(&tx)
            .await
            .map_err(at("note the outage of the mail server"))?;
        self.store.commit(tx).await?;
        Ok(is_new)
    }

    /// Records that the mail server can be used. Returns true if there was an outage until now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_mail_outage(self) -> Result<bool, StoreError> {
        if self.mail_outage().await?.is_none() {
            return Ok(false);
        }
        let tx = self.store.begin().await?;
        let ended = mail_outage::Entity::delete_by_id(ID)
            .exec(&tx)
            .await
            .map_err(at("end the outage of the mail server"))?;
        self.store.commit(tx).await?;
        Ok(ended.rows_affected > 0)
    }
}
