//! A tenant of the SaaS, its Stripe customer, and the state that the customer's facts fold to.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) id: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) name: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) locale: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) timezone: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) stripe_account: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) stripe_customer_id: Option<String>,
    pub(crate) livemode: Option<bool>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) subscription_status: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) stripe_subscription_id: Option<String>,
    pub(crate) trial_end: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub(crate) state: String,
    pub(crate) version: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
