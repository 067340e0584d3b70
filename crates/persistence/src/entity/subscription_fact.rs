//! The facts of a subscription. Rows are inserted, never changed. Rows behind the horizon are replaced by one that
//! means the same.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_fact")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) customer_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) livemode: bool,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) subscription_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) id: String,
    pub(crate) created: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) fact: String,
    /// The change of its customer that wrote this row.
    pub(crate) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
