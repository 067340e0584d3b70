//! Bindings of a tenant to a customer that an object of Stripe claims.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "binding_proposal")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) customer_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) account: String,
    pub(crate) livemode: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) source: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) event_id: String,
    pub(crate) claimed_at: i64,
    pub(crate) found_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) state: String,
    pub(crate) decided_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
