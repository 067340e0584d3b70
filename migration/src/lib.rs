//! The database schema as a sequence of migrations, up and down.
//!
//! The same statements run on SQLite and PostgreSQL: text, 64-bit integers, booleans and blobs only; no type, default
//! or index that one of them lacks. Times are microseconds since the epoch, except for Stripe's own, which are seconds.
//!
//! ```no_run
//! # async fn demo(db: sea_orm_migration::sea_orm::DatabaseConnection) -> Result<(), sea_orm_migration::DbErr> {
//! use migration::{Migrator, MigratorTrait};
//! Migrator::up(&db, None).await?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

use std::collections::BTreeSet;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::EntityTrait;
use sea_orm_migration::{DbErr, IntoSchemaManagerConnection, MigrationTrait, SchemaManager, async_trait, seaql_migrations};

mod m20261123_000001_ledger;
mod m20261124_000002_post_room;
mod m20261124_000003_on_postgres;
mod m20261125_000004_by_customer;
mod m20261125_000005_asking;
mod m20261125_000006_watching;
mod m20261126_000007_marked;
mod m20261129_000008_real_lives;
mod m20261129_000009_mail_outage;
mod m20261130_000010_bounces;

/// All migrations, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_ledger::Migration),
            Box::new(m20261124_000002_post_room::Migration),
            Box::new(m20261124_000003_on_postgres::Migration),
            Box::new(m20261125_000004_by_customer::Migration),
            Box::new(m20261125_000005_asking::Migration),
            Box::new(m20261125_000006_watching::Migration),
            Box::new(m20261126_000007_marked::Migration),
            Box::new(m20261129_000008_real_lives::Migration),
            Box::new(m20261129_000009_mail_outage::Migration),
            Box::new(m20261130_000010_bounces::Migration),
        ]
    }
}

/// A comparison of a database's schema with the one that this code knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaStatus {
    /// The migrations that are not applied yet, oldest first.
    pub pending: Vec<String>,
    /// The applied migrations that this code does not know, newest first: the code is older than the schema.
    pub newer: Vec<String>,
}

/// Compares a database's schema with the code's. It only reads.
///
/// # Errors
/// The error of the database.
pub async fn schema_status<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<SchemaStatus, DbErr> {
    let schema = SchemaManager::new(db);
    let mut applied = BTreeSet::new();
    if schema.has_table("seaql_migrations").await? {
        let rows = seaql_migrations::Entity::find().all(schema.get_connection()).await?;
        applied.extend(rows.into_iter().map(|row| row.version));
    }
    let ours: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    Ok(SchemaStatus {
        newer: applied.iter().rev().filter(|step| !ours.contains(step)).cloned().collect(),
        pending: ours.into_iter().filter(|step| !applied.contains(step)).collect(),
    })
}
