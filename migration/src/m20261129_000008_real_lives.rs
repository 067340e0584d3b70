//! Facts about customers themselves and their payments, and the version of the rules that last folded a customer's
//! state, so that state folded by older rules is folded again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, text, text_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000008_real_lives"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [text_null("state"), big_integer("folded_by").default(0).to_owned()] {
            let added = Table::alter().table("customer").add_column(column).to_owned();
            manager.alter_table(added).await?;
        }
        let charge = Table::create()
            .table("charge")
            .col(text("id"))
            .col(text("account"))
            .col(boolean("livemode"))
            .col(text("customer_id"))
            .col(big_integer("told_at"))
            .primary_key(Index::create().col("id").col("account").col("livemode"))
            .to_owned();
        manager.create_table(charge).await?;
        let by_age = Index::create()
            .table("charge")
            .name("charge_by_age")
            .col("told_at")
            .to_owned();
        manager.create_index(by_age).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("charge").to_owned()).await?;
        for column in ["state", "folded_by"] {
            let dropped = Table::alter().table("customer").drop_column(column).to_owned();
            manager.alter_table(dropped).await?;
        }
        Ok(())
    }
}
