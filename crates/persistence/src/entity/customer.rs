//! One row per Stripe customer: the lock of everything below it, a count of its changes, and the time when a notice of
//! it next falls due.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) id: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) livemode: bool,
    pub(crate) version: i64,
    pub(crate) wake_at: Option<i64>,
    /// The change after which every change, up to `marked_through`, marked the rows that it wrote with its number. If
    /// `marked_through` is not the last change, the writer of the last one marks nothing.
    pub(crate) marked_from: i64,
    pub(crate) marked_through: i64,
    /// The joined facts of the customer itself, and of its payments, or `None` if there are none.
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) state: Option<String>,
    /// The version of the rules that last folded its stored state as a whole.
    pub(crate) folded_by: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl Model {
    /// Returns the change after which all changes are marked.
    pub(crate) fn marked_from(&self) -> i64 {
        if self.marked_through == self.version {
            self.marked_from
        } else {
            self.version
        }
    }
}

impl ActiveModelBehavior for ActiveModel {}
