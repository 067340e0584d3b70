//! The record of a mail outage: its start, its latest failure and its reason.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000009_mail_outage"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let outage = Table::create()
            .table("mail_outage")
            .col(big_integer("id").primary_key())
            .col(big_integer("since"))
            .col(big_integer("last_at"))
            .col(text("reason"))
            .to_owned();
        manager.create_table(outage).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("mail_outage").to_owned()).await
    }
}
