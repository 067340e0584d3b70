//! Whether a delivery would be kept if it came now, and why not.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use persistence::{Store, StoreError};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::committer::Committer;

/// An answer holds for so long: to ask costs a commit, and anybody may ask.
const HOLDS_FOR: Duration = Duration::from_secs(1);
/// A database that takes longer is not ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers whether the database takes writes and keeps them.
#[derive(Debug)]
pub struct Readiness {
    store: Store,
    committer: Committer,
    last: Mutex<Option<(Instant, Readied)>>,
}

/// It is ready, or this is why it is not.
pub type Readied = Result<(), Arc<str>>;

impl Readiness {
    /// Of this database, and of whoever posts to it.
    pub fn of(store: Store, committer: Committer) -> Self {
        Self {
            store,
            committer,
            last: Mutex::new(None),
        }
    }

    /// Whether it is ready now, or was within the last second.
    ///
    /// # Errors
    /// The reason, for a person.
    pub async fn check(&self) -> Readied {
        let mut last = self.last.lock().await;
        if let Some((_, readied)) = last.as_ref().filter(|(at, _)| at.elapsed() < HOLDS_FOR) {
            return readied.clone();
        }
        let readied = self.ask().await;
        if let Err(reason) = &readied {
            tracing::warn!(reason = &**reason, "not ready");
        }
        *last = Some((Instant::now(), readied.clone()));
        readied
    }

    async fn ask(&self) -> Readied {
        if let Some(age) = self.committer.oldest_batch().filter(|age| *age > PATIENCE) {
            return Err(format!("deliveries have waited for the database for {} seconds", age.as_secs()).into());
        }
        let asked = async {
            self.store.check_writable().await?;
            self.store.is_migrated().await
        };
        match timeout(PATIENCE, asked).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("migrations are yet to be applied: run `dunlin migrate`".into()),
            Ok(Err(error)) => Err(with_causes(&error)),
            Err(_elapsed) => Err(format!("the database has not answered for {} seconds", PATIENCE.as_secs()).into()),
        }
    }
}

fn with_causes(error: &StoreError) -> Arc<str> {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    let said: Vec<String> = std::iter::once(error.to_string())
        .chain(causes.map(ToString::to_string))
        .collect();
    said.join(": ").into()
}
