//! Group commit: all waiting deliveries are posted in one transaction, and share the cost of reaching the disk.
//!
//! If the database takes several writers, batches are posted concurrently: while one waits for the disk, the next is
//! made. Only one of them at a time holds deliveries of a customer, because a second one would wait for the first.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU8;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persistence::{Delivery, EventRecord, Receipt, Store, StoreError};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::Sampler;
use crate::batcher::{Batcher, ConcurrentBatches, Unanswered};
use crate::clock;

/// The committer. It takes deliveries, and answers each with its receipt once it is durable. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Committer {
    queue: Batcher<Delivery, Result<Receipt, CommitError>>,
    under_way: UnderWay,
}

/// The start times of the batches in progress.
#[derive(Clone, Debug, Default)]
struct UnderWay(Arc<Mutex<Vec<Instant>>>);

/// The reason why a delivery was not posted. Nothing of it is kept, and Stripe delivers it again.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Too many deliveries are waiting.
    #[error("too many deliveries are waiting")]
    Busy,
    /// The server is shutting down.
    #[error("the committer has stopped")]
    Stopped,
    /// The store failed.
    #[error("the delivery could not be stored")]
    Store(#[source] Arc<StoreError>),
}

impl Committer {
    /// Starts the task that posts. The task ends, with every accepted delivery committed, when the last `Committer` is
    /// dropped. It calls `notify` after every commit, because something was learned and notices may be owed. It tells
    /// `sampler` which event of a batch was acknowledged last.
    pub fn start(store: &Store, sampler: Sampler, notify: impl Fn() + Clone + Send + 'static) -> (Self, JoinHandle<()>) {
        let (lanes, store) = (store.lanes(), store.clone());
        let under_way = UnderWay::default();
        let batches = under_way.clone();
        let post = move |deliveries: Vec<Delivery>| {
            let (store, notify, sampler) = (store.clone(), notify.clone(), sampler.clone());
            let batch = batches.begin();
            async move {
                let receipts = post_all(&store, &deliveries).await;
                drop(batch);
                notify();
                if let (Some(delivery), Some(Ok(_))) = (deliveries.last(), receipts.last()) {
                    sampler.acknowledged(&delivery.event.key);
                }
                receipts
            }
        };
        if lanes == NonZeroU8::MIN {
            let (queue, posting) = Batcher::new(post);
            return (Self { queue, under_way }, tokio::spawn(posting));
        }
        let about = |delivery: &Delivery| Some(customer_of(&delivery.event));
        let (queue, posting) = Batcher::concurrent(ConcurrentBatches { count: lanes, about }, post);
        (Self { queue, under_way }, tokio::spawn(posting))
    }

    /// Returns the age of the oldest batch in progress.
    pub fn oldest_batch(&self) -> Option<Duration> {
        self.under_way.lock().iter().min().map(Instant::elapsed)
    }

    /// Posts a delivery.
    ///
    /// # Errors
    /// [`CommitError`]. Nothing of the delivery is kept then.
    pub async fn commit(&self, delivery: Delivery) -> Result<Receipt, CommitError> {
        self.queue.ask(delivery).await.map_err(|unanswered| match unanswered {
            Unanswered::Busy => CommitError::Busy,
            Unanswered::Stopped => CommitError::Stopped,
        })?
    }
}

impl UnderWay {
    /// Begins a batch, which lasts until the returned value is dropped.
    fn begin(&self) -> Batch {
        let begun_at = Instant::now();
        self.lock().push(begun_at);
        Batch {
            under_way: self.clone(),
            begun_at,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Batch {
    under_way: UnderWay,
    begun_at: Instant,
}

impl Drop for Batch {
    fn drop(&mut self) {
        let mut batches = self.under_way.lock();
        if let Some(place) = batches.iter().position(|begun_at| *begun_at == self.begun_at) {
            batches.swap_remove(place);
        }
    }
}

/// Returns a hash of the event's customer, or of the event's id if it has no customer: only a second delivery of the
/// same event can conflict with it then. Two customers with the same hash wait for each other, which does no harm.
fn customer_of(event: &EventRecord) -> u64 {
    let customer = event.customer.as_ref().map(subscription::CustomerId::as_str);
    let mut hasher = DefaultHasher::new();
    customer.unwrap_or(event.key.id.as_str()).hash(&mut hasher);
    hasher.finish()
}

/// Posts a batch. If that fails, it posts each delivery alone, so that a bad one cannot fail its neighbours.
pub async fn post_all(store: &Store, deliveries: &[Delivery]) -> Vec<Result<Receipt, CommitError>> {
    match store.post(deliveries, clock::now()).await {
        Ok(receipts) => receipts.into_iter().map(Ok).collect(),
        // A database that cannot post the batch cannot post each delivery either.
        Err(error) if deliveries.len() == 1 || error.is_outage() => {
            let error = Arc::new(error);
            deliveries
                .iter()
                .map(|_| Err(CommitError::Store(Arc::clone(&error))))
                .collect()
        }
        Err(error) => {
            tracing::warn!(
                batch.len = deliveries.len(),
                error = &error as &dyn std::error::Error,
                "a batch failed; posting its deliveries one by one"
            );
            let mut receipts = Vec::with_capacity(deliveries.len());
            for delivery in deliveries {
                let posted = store.post(std::slice::from_ref(delivery), clock::now()).await;
                let receipt = posted
                    .map_err(|error| CommitError::Store(Arc::new(error)))
                    .and_then(|one| one.into_iter().next().ok_or(CommitError::Stopped));
                receipts.push(receipt);
            }
            receipts
        }
    }
}
