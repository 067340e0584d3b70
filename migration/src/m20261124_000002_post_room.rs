//! Columns and tables for sending notices: leases and outcomes in the outbox, the time at which a customer's next
//! notice falls due by time, and the suppressed addresses.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261124_000002_post_room"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column per statement.
        for column in outbox_columns() {
            manager.alter_table(alter("outbox").add_column(column).to_owned()).await?;
        }
        let wake_at = big_integer_null("wake_at");
        manager.alter_table(alter("customer").add_column(wake_at).to_owned()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        manager.create_table(suppressed_address()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("suppressed_address").to_owned())
            .await?;
        for (table, index) in [("customer", "customer_by_wake"), ("outbox", "outbox_by_invoice")] {
            manager.drop_index(Index::drop().table(table).name(index).to_owned()).await?;
        }
        manager
            .alter_table(alter("customer").drop_column("wake_at").to_owned())
            .await?;
        for column in outbox_columns().iter().rev() {
            let name = column.get_column_name();
            manager.alter_table(alter("outbox").drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}

fn alter(table: &'static str) -> TableAlterStatement {
    Table::alter().table(table).to_owned()
}

fn outbox_columns() -> Vec<ColumnDef> {
    vec![
        text_null("invoice_id"),
        big_integer("attempts").default(0).to_owned(),
        text_null("lease_owner"),
        big_integer_null("transmitted_at"),
        big_integer_null("settled_at"),
        text_null("reason"),
        text("delivered_to").default("[]").to_owned(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        Index::create()
            .table("outbox")
            .name("outbox_by_invoice")
            .col("tenant_id")
            .col("invoice_id")
            .to_owned(),
        Index::create()
            .table("customer")
            .name("customer_by_wake")
            .col("wake_at")
            .to_owned(),
    ]
}

fn suppressed_address() -> TableCreateStatement {
    Table::create()
        .table("suppressed_address")
        .col(text("email").primary_key())
        .col(text("reply"))
        .col(big_integer("since"))
        .to_owned()
}
