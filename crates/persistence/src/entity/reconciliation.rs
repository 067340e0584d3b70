//! The progress in an account's event list, and the lease on following it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reconciliation")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) livemode: bool,
    pub(crate) events_through: Option<i64>,
    pub(crate) full_at: Option<i64>,
    pub(crate) objects_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) lease_owner: Option<String>,
    pub(crate) lease_until: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
