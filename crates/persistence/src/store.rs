//! The database, opened and checked.

use std::num::NonZeroU8;
use std::path::Path;

use migration::{Migrator, MigratorTrait, SchemaStatus, schema_status};
use sea_orm::ConnectionTrait;

use crate::cache::CustomerCache;
use crate::connections::Connections;
use crate::error::at;
use crate::soundness::Soundness;
use crate::{PostgresOptions, StoreError, Terms, postgres, sqlite};

/// The handle of the database. Clones are cheap, and share one pool of connections.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) connections: Connections,
    pub(crate) postgres: PostgresOptions,
    pub(crate) terms: Terms,
    pub(crate) cache: CustomerCache,
    pub(crate) soundness: Soundness,
}

/// The number of batches to post at once on PostgreSQL: one is in the database, another is prepared, and a third is
/// answered.
const POSTGRES_LANES: NonZeroU8 = NonZeroU8::MIN.saturating_add(2);

/// Takes the lock of a schema migration on PostgreSQL, because instances start side by side.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7307203714838687081)";

impl Store {
    /// Opens the database at `url`: `sqlite://FILE`, created if it is missing, or
    /// `postgres://USER:PASSWORD@HOST/DATABASE`.
    ///
    /// # Errors
    /// [`StoreError::UnsupportedUrl`], [`StoreError::Connect`], [`StoreError::Open`], [`StoreError::ReadOnlyFolder`],
    /// [`StoreError::Unreachable`] or [`StoreError::Refused`], or [`StoreError::Pragma`] if the file system cannot
    /// support durable commits.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::open(url, PostgresOptions::default(), true).await
    }

    /// Opens the database with these settings for PostgreSQL.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_with(url: &str, postgres: PostgresOptions) -> Result<Self, StoreError> {
        Self::open(url, postgres, true).await
    }

    /// Opens a database that must exist.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_existing(url: &str, postgres: PostgresOptions) -> Result<Self, StoreError> {
        Self::open(url, postgres, false).await
    }

    async fn open(url: &str, postgres: PostgresOptions, create_if_missing: bool) -> Result<Self, StoreError> {
        let (connections, soundness) = match url.split_once(':').map_or(url, |(scheme, _)| scheme) {
            "sqlite" => sqlite::open(url, create_if_missing).await?,
            "postgres" | "postgresql" => (postgres::open(url, postgres).await?, Soundness::default()),
            scheme => {
                return Err(StoreError::UnsupportedUrl {
                    url_scheme: scheme.to_owned(),
                });
            }
        };
        Ok(Self::of(connections, soundness, postgres))
    }

    /// Opens the SQLite database in this file, which must exist.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_file(file: &Path) -> Result<Self, StoreError> {
        let (connections, soundness) = sqlite::open_file(file).await?;
        Ok(Self::of(connections, soundness, PostgresOptions::default()))
    }

    fn of(connections: Connections, soundness: Soundness, postgres: PostgresOptions) -> Self {
        Self {
            connections,
            postgres,
            terms: Terms::default(),
            cache: CustomerCache::new(),
            soundness,
        }
    }

    /// Returns the same database with these terms.
    #[must_use]
    pub fn with_terms(self, terms: Terms) -> Self {
        // The cached customers were decided by other terms.
        let cache = CustomerCache::new();
        Self { terms, cache, ..self }
    }

    /// Returns the number of batches worth posting at the same time.
    pub fn lanes(&self) -> NonZeroU8 {
        const ONE: NonZeroU8 = NonZeroU8::MIN;
        if self.is_postgres() { POSTGRES_LANES } else { ONE }
    }

    /// Brings the schema up to date, completely or not at all. Several instances may do this at once: one does the
    /// work, the others wait.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] if a newer version of Dunlin was here, otherwise [`StoreError::Database`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        if self.pending_migrations().await?.is_empty() {
            return Ok(());
        }
        self.retrying(|| self.try_migrate()).await
    }

    async fn try_migrate(&self) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        if self.is_postgres() {
            // Another instance's migration may take longer than any statement should.
            let patient = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0";
            tx.execute_unprepared(patient).await.map_err(at("wait for its schema"))?;
            tx.execute_unprepared(MIGRATION_LOCK)
                .await
                .map_err(at("wait for its schema"))?;
        }
        Migrator::up(tx.unbounded(), None)
            .await
            .map_err(at("bring the schema up to date"))?;
        self.commit(tx).await
    }

    /// Reverts the newest `steps` migrations.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        Migrator::down(tx.unbounded(), Some(steps))
            .await
            .map_err(at("take the schema back"))?;
        self.commit(tx).await
    }

    /// Returns the names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] if a newer version of Dunlin was here, otherwise [`StoreError::Database`].
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let status = self.schema_status().await?;
        match status.newer.first() {
            Some(newer) => Err(StoreError::NewerSchema {
                newest: newer.clone(),
                steps: status.newer.len(),
            }),
            None => Ok(status.pending),
        }
    }

    /// Returns the names of the applied migrations, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] if a newer version of Dunlin was here, otherwise [`StoreError::Database`].
    pub async fn applied_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = self.pending_migrations().await?;
        let all = Migrator::migrations().into_iter().map(|step| step.name().to_owned());
        Ok(all.filter(|step| !pending.contains(step)).collect())
    }

    /// Returns true if the schema has everything that this binary needs. A schema that a newer binary has expanded
    /// does.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn is_migrated(&self) -> Result<bool, StoreError> {
        Ok(self.schema_status().await?.pending.is_empty())
    }

    /// Returns true if any part of Dunlin's schema exists, of whatever version.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn has_schema(&self) -> Result<bool, StoreError> {
        let status = self.schema_status().await?;
        Ok(status.pending.len() < Migrator::migrations().len())
    }

    async fn schema_status(&self) -> Result<SchemaStatus, StoreError> {
        let reading = self.reading().await?;
        schema_status(reading.unbounded()).await.map_err(at("list its migrations"))
    }

    /// Closes all connections once their work in progress is finished.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn close(self) -> Result<(), StoreError> {
        self.connections.close().await.map_err(at("close"))
    }
}
