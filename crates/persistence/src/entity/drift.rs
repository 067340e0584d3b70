//! Drift that asking Stripe brought to light and no webhook had delivered: one row per difference.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "drift")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) found_at: i64,
    #[sea_orm(column_type = "Text")]
    pub(crate) via: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) customer_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) account: String,
    pub(crate) livemode: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) tenant_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) event_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) kind: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) object_id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) what: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) from_value: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) to_value: Option<String>,
    pub(crate) since: i64,
    pub(crate) alerted_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
