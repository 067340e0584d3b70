//! The customer of each payment, because a dispute does not name it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "charge")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) livemode: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) customer_id: String,
    /// The time when that was learned, in microseconds since 1970.
    pub(crate) told_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
