//! When deliveries came, to the hour, and by which secret they were signed.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::entity::delivery_hour::{ActiveModel, Column, Entity};
use crate::error::at;
use crate::{Store, StoreError, UnixMicros};

/// For how long hours are kept, in seconds.
const KEPT_SECS: i64 = 90 * 24 * 60 * 60;
const HOUR_SECS: i64 = 60 * 60;

/// What deliveries were signed by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignedBy {
    /// The secret with this fingerprint.
    Secret(String),
    /// A secret that was known then, but too long ago or in the future, and they were refused.
    AtAnotherTime,
    /// No secret that was known then, and they were refused.
    Nobody,
}

/// As it is stored: fingerprints have eight digits.
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

    /// Whether they were taken.
    pub const fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

/// Deliveries of one hour that were signed by the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryHour {
    /// By what.
    pub signed_by: SignedBy,
    /// The hour's first moment.
    pub hour: UnixMicros,
    /// How many they were.
    pub deliveries: u64,
}

impl Store {
    /// Adds deliveries to the hour of `now`: how many, by what signed them. Hours that are 90 days
    /// old are forgotten.
    ///
    /// # Errors
    /// [`StoreError`]; then none is added.
    pub async fn count_deliveries(&self, counts: &[(SignedBy, u64)], now: UnixMicros) -> Result<(), StoreError> {
        self.retrying(|| self.try_count_deliveries(counts, now)).await
    }

    async fn try_count_deliveries(&self, counts: &[(SignedBy, u64)], now: UnixMicros) -> Result<(), StoreError> {
        let tx = self.begin().await?;
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
        self.commit(tx).await
    }

    /// The hours in which deliveries came, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delivery_hours(&self) -> Result<Vec<DeliveryHour>, StoreError> {
        let rows = Entity::find()
            .order_by_asc(Column::Hour)
            .order_by_asc(Column::SignedBy)
            .all(&self.reading().await?)
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
