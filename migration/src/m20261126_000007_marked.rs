//! Versions in a customer's rows: each row carries the customer's version that it came with. A process that knows the
//! customer at an earlier version needs only the rows since then.

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000007_marked"
    }
}

/// The tables with a customer's data from Stripe.
const TOLD: [&str; 3] = ["subscription_fact", "invoice", "payment_method"];
/// The range of versions whose rows carry them: after `marked_from`, up to `marked_through`.
const MARKED: [&str; 2] = ["marked_from", "marked_through"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TOLD {
            // Existing rows count as part of the first version, because no cache is older.
            manager.alter_table(added(table, "version", 1)).await?;
        }
        for column in MARKED {
            manager.alter_table(added("customer", column, 0)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in MARKED {
            manager.alter_table(dropped("customer", column)).await?;
        }
        for table in TOLD {
            manager.alter_table(dropped(table, "version")).await?;
        }
        Ok(())
    }
}

fn added(table: &'static str, column: &'static str, default: i64) -> TableAlterStatement {
    let mut column = ColumnDef::new(column);
    column.big_integer().not_null().default(default);
    Table::alter().table(table).add_column(column).to_owned()
}

fn dropped(table: &'static str, column: &'static str) -> TableAlterStatement {
    Table::alter().table(table).drop_column(column).to_owned()
}
