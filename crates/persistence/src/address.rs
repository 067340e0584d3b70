//! Suppressed addresses: those that a mail server refused for good, and that get no more mail.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::suppressed_address;
use crate::error::at;
use crate::{Outbox, StoreError, UnixMicros};

/// An address that gets no more mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressedAddress {
    /// The address, in lower case.
    pub email: String,
    /// The server's words.
    pub reply: String,
    /// The time of the suppression.
    pub since: UnixMicros,
}

impl Outbox<'_> {
    /// Returns all suppressed addresses.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn suppressed_addresses(self) -> Result<Vec<SuppressedAddress>, StoreError> {
        let rows = suppressed_address::Entity::find()
            .order_by_asc(suppressed_address::Column::Email)
            .all(&self.store.reading().await?)
            .await
            .map_err(at("list the suppressed addresses"))?;
        let address = |row: suppressed_address::Model| SuppressedAddress {
            email: row.email,
            reply: row.reply,
            since: UnixMicros::new(row.since),
        };
        Ok(rows.into_iter().map(address).collect())
    }

    /// Returns those of these addresses, in lower case, that are suppressed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn suppressed_among(self, addresses: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
        let rows = suppressed_address::Entity::find()
            .filter(suppressed_address::Column::Email.is_in(addresses.iter().map(String::as_str)))
            .all(&self.store.reading().await?)
            .await
            .map_err(at("look for suppressed addresses"))?;
        Ok(rows.into_iter().map(|row| row.email).collect())
    }

    /// Lifts the suppression of an address. Returns true if it was suppressed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn allow_address(self, email: &str) -> Result<bool, StoreError> {
        let tx = self.store.begin().await?;
        let lifted = suppressed_address::Entity::delete_by_id(email.to_lowercase())
            .exec(&tx)
            .await
            .map_err(at("allow an address"))?;
        self.store.commit(tx).await?;
        Ok(lifted.rows_affected > 0)
    }
}
