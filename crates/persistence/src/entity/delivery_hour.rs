//! The number of deliveries within an hour, by the secret that signed them.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery_hour")]
pub(crate) struct Model {
    /// The secret's fingerprint. Empty means no known secret, `time` a known one at another time.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) signed_by: String,
    /// The hour, counted from the epoch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) hour: i64,
    pub(crate) deliveries: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
