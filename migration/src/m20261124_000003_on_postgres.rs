//! Byte-wise keys and uncompressed storage on PostgreSQL. Keys are compared byte by byte, as everywhere else in Dunlin:
//! the order of locking is the order of keys. Bodies are already compressed, so PostgreSQL does not compress them
//! again. SQLite does both by default, so nothing changes there.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261124_000003_on_postgres"
    }
}

/// Every column that is part of a key or an order.
const KEYS: [(&str, &[&str]); 11] = [
    ("stripe_event", &["id", "account", "customer_id"]),
    ("event_payload", &["id", "account"]),
    ("customer", &["id", "account"]),
    ("subscription_fact", &["customer_id", "account", "subscription_id", "id"]),
    ("subscription", &["id", "account", "customer_id"]),
    ("invoice", &["id", "account", "customer_id"]),
    ("payment_method", &["id", "account", "customer_id"]),
    (
        "tenant",
        &["id", "stripe_customer_id", "stripe_account", "subscription_status"],
    ),
    ("contact", &["tenant_id", "role", "email"]),
    ("timeline", &["tenant_id"]),
    (
        "outbox",
        &["dedupe_key", "account", "customer_id", "tenant_id", "invoice_id", "state"],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        alter(manager, "\"C\"", "EXTERNAL").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        alter(manager, "\"default\"", "EXTENDED").await
    }
}

async fn alter(manager: &SchemaManager<'_>, collation: &str, storage: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // A foreign key needs the collation of its target, so it goes first and comes back last.
    db.execute_unprepared("ALTER TABLE contact DROP CONSTRAINT contact_tenant_id_fkey")
        .await?;
    for (table, columns) in KEYS {
        let changes: Vec<String> = columns
            .iter()
            .map(|column| format!("ALTER COLUMN {column} TYPE text COLLATE {collation}"))
            .collect();
        db.execute_unprepared(&format!("ALTER TABLE {table} {}", changes.join(", ")))
            .await?;
    }
    db.execute_unprepared(
        "ALTER TABLE contact ADD CONSTRAINT contact_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE",
    )
    .await?;
    db.execute_unprepared(&format!("ALTER TABLE event_payload ALTER COLUMN body SET STORAGE {storage}"))
        .await?;
    Ok(())
}
