//! Subscriptions that Stripe is to be asked about.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "read_task")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) customer_id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) livemode: bool,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) subscription_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) reason: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) state: String,
    pub(crate) due_at: i64,
    pub(crate) attempts: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) lease_owner: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) failure: Option<String>,
    pub(crate) created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
