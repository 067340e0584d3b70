//! One row per notice owed, under a key that is unique for good.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) dedupe_key: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) account: String,
    pub(crate) livemode: bool,
    #[sea_orm(column_type = "Text")]
    pub(crate) customer_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) kind: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) audience: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) notice: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) state: String,
    pub(crate) due_at: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) event_id: Option<String>,
    pub(crate) created_at: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) invoice_id: Option<String>,
    pub(crate) attempts: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) lease_owner: Option<String>,
    pub(crate) transmitted_at: Option<i64>,
    pub(crate) settled_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) reason: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) delivered_to: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
