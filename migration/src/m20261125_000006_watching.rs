//! Columns and tables for monitoring: the drift that the admin was alerted to, and the hours in which deliveries came,
//! by signing secret.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text};
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261125_000006_watching"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let told = Table::alter()
            .table("drift")
            .add_column(ColumnDef::new("alerted_at").big_integer().null())
            .to_owned();
        manager.alter_table(told).await?;
        let db = manager.get_connection();
        // Drift found before there were alerts is no news.
        db.execute_unprepared("UPDATE drift SET alerted_at = found_at").await?;
        manager.create_index(drift_by_alert()).await?;
        manager.create_table(delivery_hour()).await?;
        if db.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared("ALTER TABLE delivery_hour ALTER COLUMN signed_by TYPE text COLLATE \"C\"")
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("delivery_hour").to_owned()).await?;
        manager
            .drop_index(Index::drop().table("drift").name("drift_by_alert").to_owned())
            .await?;
        let alerted_at = Table::alter().table("drift").drop_column("alerted_at").to_owned();
        manager.alter_table(alerted_at).await
    }
}

fn drift_by_alert() -> IndexCreateStatement {
    Index::create()
        .table("drift")
        .name("drift_by_alert")
        .col("alerted_at")
        .to_owned()
}

/// Makes the table of delivery hours: a row for each hour with deliveries and each secret that signed them.
fn delivery_hour() -> TableCreateStatement {
    Table::create()
        .table("delivery_hour")
        .col(text("signed_by"))
        .col(big_integer("hour"))
        .col(big_integer("deliveries"))
        .primary_key(Index::create().col("signed_by").col("hour"))
        .to_owned()
}
