//! Deliveries per hour, by the secret that signed them.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use subscription::DAY_SECS;

use crate::entity::delivery_hour::{ActiveModel, Column, Entity};
use crate::error::at;
use crate::{Inbox, StoreError, UnixMicros};

/// The time for which hours are kept, in seconds.
const KEPT_SECS: i64 = 90 * DAY_SECS;
const HOUR_SECS: i64 = 60 * 60;

/// The signer of deliveries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignedBy {
    /// The secret with this fingerprint.
    Secret(String),
    /// A secret that was known then, but with a timestamp too old or in the future. The deliveries were refused.
    AtAnotherTime,
    /// No secret that was known then. The deliveries were refused.
    Nobody,
}

/// The stored word. No fingerprint equals it, because fingerprints have eight digits.
const AT_ANOTHER_TIME: &str = "time";

impl SignedBy {
    fn as_str(&self) -> &str {
        match self {
            Self::Secret(fingerprint) => fingerprint,
            Self::AtAnotherTime => AT_ANOTHER_TIME,
            Self::Nobody => "",
        }
    }

    fn parse(text: String) -> Self {
        match text.as_str() {
            "" => Self::Nobody,
            AT_ANOTHER_TIME => Self::AtAnotherTime,
            _ => Self::Secret(text),
        }
    }

    /// Returns true if the deliveries were accepted.
    pub const fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

/// The deliveries of one hour with the same signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryHour {
    /// The signer.
    pub signed_by: SignedBy,
    /// The start of the hour.
    pub hour: UnixMicros,
    /// The number of deliveries.
    pub deliveries: u64,
}

impl Inbox<'_> {
    /// Adds deliveries to the hour of `now`, a number for each signer. Hours older than 90 days are deleted.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is added.
    pub async fn count_deliveries(self, counts: &[(SignedBy, u64)], now: UnixMicros) -> Result<(), StoreError> {
        self.store.retrying(|| self.try_count_deliveries(counts, now)).await
    }

    async fn try_count_deliveries(self, counts: &[(SignedBy, u64)], now: UnixMicros) -> Result<(), StoreError> {
        let tx = self.store.begin().await?;
        for (signed_by, count) in counts {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            let row = ActiveModel {
                signed_by: Set(signed_by.as_str().to_owned()),
                hour: Set(hour(now)),
                deliveries: Set(count),
            };
            let sum = Expr::col((Entity, Column::Deliveries)).add(count);
            let mut again = OnConflict::columns([Column::SignedBy, Column::Hour]);
            Entity::insert(row)
                .on_conflict(again.value(Column::Deliveries, sum).to_owned())
                .exec_without_returning(&tx)
                .await
                .map_err(at("count deliveries"))?;
        }
        Entity::delete_many()
            .filter(Column::Hour.lt(hour(now.plus_secs(-KEPT_SECS))))
            .exec(&tx)
            .await
            .map_err(at("forget hours"))?;
        self.store.commit(tx).await
    }

    /// Returns the hours in which deliveries came, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delivery_hours(self) -> Result<Vec<DeliveryHour>, StoreError> {
        let rows = Entity::find()
            .order_by_asc(Column::Hour)
            .order_by_asc(Column::SignedBy)
            .all(&self.store.reading().await?)
            .await
            .map_err(at("list the hours in which deliveries came"))?;
        let hour = |row: crate::entity::delivery_hour::Model| DeliveryHour {
            signed_by: SignedBy::parse(row.signed_by),
            hour: UnixMicros::new(0).plus_secs(row.hour * HOUR_SECS),
            deliveries: u64::try_from(row.deliveries).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(hour).collect())
    }
}

fn hour(at: UnixMicros) -> i64 {
    at.to_unix_seconds().as_secs().div_euclid(HOUR_SECS)
}
