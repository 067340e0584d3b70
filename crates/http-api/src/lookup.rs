//! Batched look-ups of tenants: callers who ask while others are being read share the next read.

use std::collections::BTreeSet;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use intake::batcher::{Batcher, ConcurrentBatches, Unanswered};
use persistence::{Store, StoreError, TenantState};
use subscription::TenantId;

/// A batcher of tenant look-ups. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lookup(Batcher<TenantId, Option<Looked>>);

/// The result of a look-up: the tenant's state, if there is one.
type Looked = Result<Option<TenantState>, Arc<StoreError>>;

/// The reason why a tenant could not be looked up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    /// Too many are being looked up.
    #[error("too many tenants are being looked up")]
    Busy,
    /// The database did not answer in time.
    #[error("the tenants were not read in time")]
    Late,
    /// The server is shutting down.
    #[error("nothing is looked up any more")]
    Stopped,
    /// The store failed.
    #[error("the tenants could not be read")]
    Store(#[source] Arc<StoreError>),
}

/// The reads in progress at once. One without an answer stops nobody else.
const LANES: NonZeroU8 = NonZeroU8::MIN.saturating_add(3);
/// The longest time that a read may take. A caller who asks what a tenant may do keeps a user waiting.
const PATIENCE: Duration = Duration::from_secs(3);

impl Lookup {
    /// Starts the task that reads. It ends when the last `Lookup` is dropped.
    pub fn start(store: Store) -> Self {
        let lanes = ConcurrentBatches {
            count: LANES,
            about: |_| None,
        };
        let (lookup, answering) = Batcher::concurrent(lanes, move |ids: Vec<TenantId>| {
            let store = store.clone();
            async move {
                let looked = tokio::time::timeout(PATIENCE, look_up(&store, &ids)).await;
                looked.map_or_else(
                    |_elapsed| ids.iter().map(|_| None).collect(),
                    |looked| looked.into_iter().map(Some).collect(),
                )
            }
        });
        tokio::spawn(answering);
        Self(lookup)
    }

    /// Returns what a tenant is now, if there is one.
    ///
    /// # Errors
    /// [`LookupError`].
    pub(crate) async fn tenant(&self, id: TenantId) -> Result<Option<TenantState>, LookupError> {
        match self.0.ask(id).await {
            Ok(Some(looked)) => looked.map_err(LookupError::Store),
            Ok(None) => Err(LookupError::Late),
            Err(Unanswered::Busy) => Err(LookupError::Busy),
            Err(Unanswered::Stopped) => Err(LookupError::Stopped),
        }
    }
}

async fn look_up(store: &Store, ids: &[TenantId]) -> Vec<Looked> {
    let distinct: BTreeSet<&TenantId> = ids.iter().collect();
    match store.tenants().states(&distinct).await {
        Ok(states) => ids.iter().map(|id| Ok(states.get(id).cloned())).collect(),
        Err(error) => {
            let error = Arc::new(error);
            ids.iter().map(|_| Err(Arc::clone(&error))).collect()
        }
    }
}
