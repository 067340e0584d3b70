//! Readiness: would a delivery be kept now, and if not, why?

use std::sync::Arc;
use std::time::Duration;

use intake::Committer;
use persistence::{Store, StoreError};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;
use wording::in_one_line;

use crate::views::words::CheckId;

/// The time for which an answer holds. A check costs a commit, and anybody may ask.
const HOLDS_FOR: Duration = Duration::from_secs(1);
/// The time above which a database counts as not ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// The check that the database takes writes and keeps them.
#[derive(Debug)]
pub struct Readiness {
    store: Store,
    committer: Committer,
    last: Mutex<Option<(Instant, Arc<Checks>)>>,
}

/// The results of all checks at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checks(Vec<Check>);

/// A condition for readiness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Check {
    /// `deliveries` (none waits for the database for long), `database` (it answers, takes writes and keeps them),
    /// `schema` (it is this version's).
    #[schema(value_type = CheckId)]
    pub id: &'static str,
    /// True if the condition holds.
    pub ok: bool,
    /// The result of the check.
    pub detail: String,
}

impl Checks {
    /// Returns every check.
    pub(crate) fn all(&self) -> &[Check] {
        &self.0
    }

    /// Returns the first check that stands in the way of a delivery. `None` means ready.
    pub(crate) fn failed(&self) -> Option<&Check> {
        self.0.iter().find(|check| !check.ok)
    }
}

impl Check {
    /// Makes a check, which is good unless `found` is an error.
    fn of(id: &'static str, found: Result<&str, String>) -> Self {
        Self {
            id,
            ok: found.is_ok(),
            detail: found.map_or_else(|wrong| wrong, str::to_owned),
        }
    }
}

impl Readiness {
    /// Makes the check of this database, and of the committer that posts to it.
    pub fn of(store: Store, committer: Committer) -> Self {
        Self {
            store,
            committer,
            last: Mutex::new(None),
        }
    }

    /// Returns the checks made now, or within the last second.
    pub(crate) async fn check(&self) -> Arc<Checks> {
        let mut last = self.last.lock().await;
        if let Some((_, checks)) = last.as_ref().filter(|(at, _)| at.elapsed() < HOLDS_FOR) {
            return Arc::clone(checks);
        }
        let checks = Arc::new(self.ask().await);
        if let Some(Check { id, detail, .. }) = checks.failed() {
            tracing::warn!(check = id, reason = detail, "not ready");
        }
        *last = Some((Instant::now(), Arc::clone(&checks)));
        checks
    }

    async fn ask(&self) -> Checks {
        let database = self.check_database().await;
        let schema = if database.ok {
            self.check_schema().await
        } else {
            Check::of("schema", Err("not looked at: the database cannot be used".to_owned()))
        };
        Checks(vec![self.check_deliveries(), database, schema])
    }

    fn check_deliveries(&self) -> Check {
        let old = self.committer.oldest_batch().filter(|age| *age > PATIENCE);
        let found = old.map_or(Ok("none waits for the database for long"), |age| {
            Err(format!(
                "deliveries have waited for the database for {} seconds",
                age.as_secs()
            ))
        });
        Check::of("deliveries", found)
    }

    async fn check_database(&self) -> Check {
        let asked = bounded(self.store.check_writable()).await;
        Check::of("database", asked.map(|()| "it takes writes and keeps them"))
    }

    async fn check_schema(&self) -> Check {
        let found = match bounded(self.store.is_migrated()).await {
            Ok(true) => Ok("it is of this version, or of a newer one that has all of it"),
            Ok(false) => Err("migrations are yet to be applied: run `dunlin migrate`".to_owned()),
            Err(unanswered) => Err(unanswered),
        };
        Check::of("schema", found)
    }
}

async fn bounded<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, String> {
    match timeout(PATIENCE, asked).await {
        Ok(answered) => answered.map_err(|error| in_one_line(&error)),
        Err(_elapsed) => Err(format!("the database has not answered for {} seconds", PATIENCE.as_secs())),
    }
}
