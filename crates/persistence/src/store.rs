//! The database, opened and checked.

use std::collections::BTreeSet;
use std::num::NonZeroU8;
use std::path::Path;

use migration::{Migrator, MigratorTrait, SchemaStatus, schema_status};
use sea_orm::ConnectionTrait;
use subscription::{ClaimSource, Policy};

use crate::connections::Connections;
use crate::error::at;
use crate::memory::Memory;
use crate::soundness::Soundness;
use crate::{PostgresOptions, StoreError, postgres, sqlite};

/// Where everything is kept. Cheap to clone; clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) connections: Connections,
    pub(crate) postgres: PostgresOptions,
    pub(crate) terms: Terms,
    pub(crate) memory: Memory,
    pub(crate) soundness: Soundness,
}

/// By what notices come to be owed, and tenants bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// When access ends by time, and with it a notice falls due.
    pub policy: Policy,
    /// How long a notice is held before it is due, so that what overtakes it can take its reason away.
    pub hold_secs: i64,
    /// What is only found by asking Stripe owes no notice that is sent if it is older than this.
    pub late_mail_secs: i64,
    /// By whose word alone a tenant is bound to a customer.
    pub trusted_claims: BTreeSet<ClaimSource>,
    /// Whether such a word moves a tenant whose customer has only ended subscriptions.
    pub rebind_when_ended: bool,
    /// How long it is waited for what a customer who cancels may still say, before anybody is told.
    pub cancellation_hold_secs: i64,
    /// How long it is waited for who paid what is disputed, before our admin is told of the payment alone.
    pub payer_hold_secs: i64,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            hold_secs: 0,
            late_mail_secs: 24 * 60 * 60,
            trusted_claims: BTreeSet::new(),
            rebind_when_ended: false,
            cancellation_hold_secs: 120,
            payer_hold_secs: 0,
        }
    }
}

/// While one batch is in the database, another is made, and a third is answered.
const POSTGRES_LANES: NonZeroU8 = NonZeroU8::MIN.saturating_add(2);

/// Whoever brings the schema of a PostgreSQL database up to date holds this lock meanwhile: instances start side by side.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7307203714838687081)";

impl Store {
    /// Opens the database at `url`: `sqlite://FILE`, made if it is not there, or `postgres://USER:PASSWORD@HOST/DATABASE`.
    ///
    /// # Errors
    /// [`StoreError::UnsupportedUrl`], [`StoreError::Connect`], [`StoreError::Open`], [`StoreError::ReadOnlyFolder`],
    /// [`StoreError::Unreachable`] or [`StoreError::Refused`], or [`StoreError::Pragma`] where the file system cannot give what a durable commit needs.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::open(url, PostgresOptions::default(), true).await
    }

    /// The same, and PostgreSQL used in this way.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_with(url: &str, postgres: PostgresOptions) -> Result<Self, StoreError> {
        Self::open(url, postgres, true).await
    }

    /// The same of a database that must be there.
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

    /// Opens the SQLite database in this file, which must be there.
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
            memory: Memory::new(),
            soundness,
        }
    }

    /// The same database, with notices owed by these terms.
    #[must_use]
    pub fn with_terms(self, terms: Terms) -> Self {
        // What is remembered of customers was decided by other terms.
        let memory = Memory::new();
        Self { terms, memory, ..self }
    }

    /// How many batches it is good to post at the same time.
    pub fn lanes(&self) -> NonZeroU8 {
        const ONE: NonZeroU8 = NonZeroU8::MIN;
        if self.is_postgres() { POSTGRES_LANES } else { ONE }
    }

    /// Brings the schema up to date, all of it or nothing. Several instances may do so at once: one does, the others wait.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] where a newer version of Dunlin was here, else [`StoreError::Database`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        if self.pending_migrations().await?.is_empty() {
            return Ok(());
        }
        self.retrying(|| self.try_migrate()).await
    }

    async fn try_migrate(&self) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        if self.is_postgres() {
            // Whoever is at it may take longer than any statement should.
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

    /// Takes the newest `steps` migrations back.
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

    /// The names of the migrations that are yet to be applied.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] where a newer version of Dunlin was here, else [`StoreError::Database`].
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

    /// The names of the migrations that are applied, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] where a newer version of Dunlin was here, else [`StoreError::Database`].
    pub async fn applied_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = self.pending_migrations().await?;
        let all = Migrator::migrations().into_iter().map(|step| step.name().to_owned());
        Ok(all.filter(|step| !pending.contains(step)).collect())
    }

    /// Whether all that this binary needs of the schema is there. A schema that a newer binary has expanded has it.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn is_migrated(&self) -> Result<bool, StoreError> {
        Ok(self.schema_status().await?.pending.is_empty())
    }

    /// Whether anything of our schema is there, of whatever version.
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

    /// Closes all connections, once what is under way is finished.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn close(self) -> Result<(), StoreError> {
        self.connections.close().await.map_err(at("close"))
    }
}
