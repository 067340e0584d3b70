//! A customer id in every row that a delivery writes, so that a sharded database can keep the row where that customer
//! is. On PostgreSQL, pages of often replaced rows get free space for the next version, which then needs no new index
//! entry.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261125_000004_by_customer"
    }
}

/// The tables that were keyed by an event or a tenant alone.
const TABLES: [&str; 2] = ["event_payload", "timeline"];
const REPLACED: [&str; 6] = ["customer", "subscription", "invoice", "payment_method", "tenant", "outbox"];
/// The fill factor in per cent. The rest of each page is left to later versions of its rows.
const FILL: u8 = 75;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let column = text_null("customer_id");
            manager
                .alter_table(Table::alter().table(table).add_column(column).to_owned())
                .await?;
        }
        on_postgres(manager, &format!("SET (fillfactor = {FILL})")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, "RESET (fillfactor)").await?;
        for table in TABLES {
            manager
                .alter_table(Table::alter().table(table).drop_column("customer_id").to_owned())
                .await?;
        }
        Ok(())
    }
}

async fn on_postgres(manager: &SchemaManager<'_>, what: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if db.get_database_backend() == DbBackend::Postgres {
        for table in REPLACED {
            db.execute_unprepared(&format!("ALTER TABLE {table} {what}")).await?;
        }
    }
    Ok(())
}
