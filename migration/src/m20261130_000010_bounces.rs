//! The addresses that each mail was handed over for, and its bounces.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261130_000010_bounces"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let recipient = Table::create()
            .table("mail_recipient")
            .col(big_integer("notice_id"))
            .col(text("address"))
            .col(text("email"))
            .col(text("message_id"))
            .col(big_integer_null("bounced_at"))
            .col(text_null("status"))
            .col(text_null("reply"))
            .primary_key(Index::create().col("notice_id").col("address"))
            .to_owned();
        manager.create_table(recipient).await?;
        let by_message = Index::create()
            .table("mail_recipient")
            .name("mail_recipient_by_message")
            .col("message_id")
            .to_owned();
        manager.create_index(by_message).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("mail_recipient").to_owned()).await
    }
}
