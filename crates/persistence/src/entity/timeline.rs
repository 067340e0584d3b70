//! The history of a tenant: one row per difference, with its cause.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timeline")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) customer_id: Option<String>,
    pub(crate) at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) what: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) from_value: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) to_value: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) cause: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) cause_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
