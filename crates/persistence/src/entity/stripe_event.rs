//! The inbox: one row per event that Stripe delivered, of any type.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stripe_event")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) livemode: bool,
    #[sea_orm(column_name = "type", column_type = "Text")]
    pub(crate) kind: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) api_version: Option<String>,
    pub(crate) created: i64,
    pub(crate) received_at: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) customer_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) object_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub(crate) outcome: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl Related<super::event_payload::Entity> for Entity {
    fn to() -> RelationDef {
        use super::event_payload::Column as Body;
        Self::belongs_to(super::event_payload::Entity)
            .from((Column::Id, Column::Account, Column::Livemode))
            .to((Body::Id, Body::Account, Body::Livemode))
            .into()
    }
}

impl ActiveModelBehavior for ActiveModel {}
