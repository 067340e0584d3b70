//! The database schema, step by step, up and down.
//!
//! The same statements run on SQLite and PostgreSQL: text, 64-bit integers, booleans and blobs only; no type, default or
//! index that one of them lacks. Times are microseconds since the epoch unless Stripe says them, then seconds.
//!
//! ```no_run
//! # async fn demo(db: sea_orm_migration::sea_orm::DatabaseConnection) -> Result<(), sea_orm_migration::DbErr> {
//! use migration::{Migrator, MigratorTrait};
//! Migrator::up(&db, None).await?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationTrait, async_trait};

mod m20261123_000001_ledger;
mod m20261124_000002_post_room;

/// All migrations, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_ledger::Migration),
            Box::new(m20261124_000002_post_room::Migration),
        ]
    }
}
