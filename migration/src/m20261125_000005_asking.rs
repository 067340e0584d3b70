//! Tables for reading from Stripe's API: due reads, progress through the event list, drift that no webhook had
//! delivered, and bindings that Stripe's objects claim.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, big_pk_auto, boolean, text, text_null};
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261125_000005_asking"
    }
}

const TABLES: [&str; 4] = ["read_task", "reconciliation", "drift", "binding_proposal"];

/// Every column that is part of a key or an order. PostgreSQL compares them byte by byte.
const KEYS: [(&str, &[&str]); 4] = [
    ("read_task", &["customer_id", "account", "subscription_id"]),
    ("reconciliation", &["account"]),
    ("drift", &["tenant_id"]),
    (
        "binding_proposal",
        &["customer_id", "account", "tenant_id", "source", "state"],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [read_task(), reconciliation(), drift(), binding_proposal()] {
            manager.create_table(table).await?;
        }
        compare_bytes(manager).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(*table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn compare_bytes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for (table, columns) in KEYS {
        let changes: Vec<String> = columns
            .iter()
            .map(|column| format!("ALTER COLUMN {column} TYPE text COLLATE \"C\""))
            .collect();
        db.execute_unprepared(&format!("ALTER TABLE {table} {}", changes.join(", ")))
            .await?;
    }
    Ok(())
}

/// Makes the table of due reads: a row for each subscription to read from Stripe.
fn read_task() -> TableCreateStatement {
    let key = ["customer_id", "account", "livemode", "subscription_id"];
    Table::create()
        .table("read_task")
        .col(text("customer_id"))
        .col(text("account"))
        .col(boolean("livemode"))
        .col(text("subscription_id"))
        .col(text("reason"))
        .col(text("state"))
        .col(big_integer("due_at"))
        .col(big_integer("attempts"))
        .col(text_null("lease_owner"))
        .col(text_null("failure"))
        .col(big_integer("created_at"))
        .primary_key(key.into_iter().fold(&mut Index::create(), |index, column| index.col(column)))
        .to_owned()
}

/// Makes the table of progress: a row for each account and mode, with the position in its event list and the lease
/// holder.
fn reconciliation() -> TableCreateStatement {
    Table::create()
        .table("reconciliation")
        .col(text("account"))
        .col(boolean("livemode"))
        .col(big_integer_null("events_through"))
        .col(big_integer_null("full_at"))
        .col(big_integer_null("objects_at"))
        .col(text_null("lease_owner"))
        .col(big_integer_null("lease_until"))
        .primary_key(Index::create().col("account").col("livemode"))
        .to_owned()
}

fn drift() -> TableCreateStatement {
    Table::create()
        .table("drift")
        .col(big_pk_auto("id"))
        .col(big_integer("found_at"))
        .col(text("via"))
        .col(text("customer_id"))
        .col(text("account"))
        .col(boolean("livemode"))
        .col(text_null("tenant_id"))
        .col(text_null("event_id"))
        .col(text("kind"))
        .col(text("object_id"))
        .col(text("what"))
        .col(text_null("from_value"))
        .col(text_null("to_value"))
        .col(big_integer("since"))
        .to_owned()
}

fn binding_proposal() -> TableCreateStatement {
    Table::create()
        .table("binding_proposal")
        .col(big_pk_auto("id"))
        .col(text("customer_id"))
        .col(text("account"))
        .col(boolean("livemode"))
        .col(text("tenant_id"))
        .col(text("source"))
        .col(text("event_id"))
        .col(big_integer("claimed_at"))
        .col(big_integer("found_at"))
        .col(text("state"))
        .col(big_integer_null("decided_at"))
        .to_owned()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |table: &'static str, name: &'static str, columns: &[&'static str]| {
        let mut index = Index::create().table(table).name(name).to_owned();
        for column in columns {
            index.col(*column);
        }
        index
    };
    let claim = ["customer_id", "account", "livemode", "tenant_id", "source"];
    vec![
        index("read_task", "read_task_by_due", &["due_at"]),
        index("drift", "drift_by_time", &["found_at"]),
        index("drift", "drift_by_tenant", &["tenant_id", "id"]),
        index("binding_proposal", "binding_proposal_once", &claim).unique().to_owned(),
        index("binding_proposal", "binding_proposal_by_state", &["state", "id"]),
    ]
}
