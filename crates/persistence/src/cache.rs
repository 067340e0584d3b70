//! A cache of customers as of their last change, which saves loading them again.
//!
//! A customer's row counts its changes. An instance that holds the row's lock and finds the remembered count knows that
//! no instance has added a fact since. If the count has grown, the rows written since bear a later count, and only
//! those are loaded. So the cache is only ever a short cut: an instance with an empty one gets the same result.
//!
//! Of a subscription with many facts only the newest are remembered, and the sum of all before them. So the cost of an
//! event does not grow with the number of facts. A fact of a summed-up time
//! makes the customer be loaded in full.
//!
//! A count means this within one run of one server. After a failover to a server that was behind, or a restart from a
//! backup, the same number may belong to another history. So a remembered customer counts only in the server run that
//! it was read in.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger::{CustomerKey, Known};
use lru::LruCache;

/// Remembered customers. Clones share them.
#[derive(Clone)]
pub(crate) struct CustomerCache(Arc<Mutex<Remembered>>);

struct Remembered {
    customers: LruCache<CustomerKey, CachedCustomer>,
    /// The total weight of the customers.
    weight: u64,
}

/// A remembered customer.
pub(crate) struct CachedCustomer {
    pub(crate) known: Known,
    /// The server run that it was read in.
    pub(crate) server: ServerRun,
}

/// A run of a database server: the time of its start, in microseconds since 1970, by its own clock. SQLite has only one
/// run, 0.
pub(crate) type ServerRun = i64;

/// The limit of the cache, and the weight of a customer beside its facts, both counted in facts. A fact takes at most
/// 1.5 kilobytes, as `tests/remembered.rs` measures over random lives. So the cache takes at most fifteen megabytes,
/// for a few customers with long lives or many with short ones.
const MAX_WEIGHT: u64 = 10_000;
const CUSTOMER_WEIGHT: u64 = 1;
/// The number of facts of a subscription from which on they are summed up, and the number of the newest that stay as
/// they are. Summing up costs a look at all of them, so it is done once in many events.
const MANY_FACTS: usize = 48;
const NEWEST_FACTS: usize = 16;

impl CustomerCache {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Remembered {
            customers: LruCache::unbounded(),
            weight: 0,
        })))
    }

    /// Returns true if the customer is remembered, and so has a lock row.
    pub(crate) fn knows(&self, key: &CustomerKey) -> bool {
        self.lock().customers.contains(key)
    }

    /// Takes out a remembered customer, if it was read in this server run and as of one of these changes.
    pub(crate) fn recall(&self, key: &CustomerKey, server: ServerRun, changes: RangeInclusive<i64>) -> Option<Known> {
        let CachedCustomer { known, server: read_in } = self.lock().take(key)?;
        (read_in == server && changes.contains(&known.version)).then_some(known)
    }

    /// Remembers committed customers, and forgets the least recently used.
    pub(crate) fn keep(&self, customers: impl Iterator<Item = (CustomerKey, CachedCustomer)>) {
        let customers: Vec<_> = customers.map(|(key, cached)| (key, cached.compacted())).collect();
        let mut remembered = self.lock();
        for (key, cached) in customers {
            remembered.take(&key);
            remembered.weight += cached.weight();
            remembered.customers.put(key, cached);
        }
        while remembered.weight > MAX_WEIGHT
            && let Some((_, forgotten)) = remembered.customers.pop_lru()
        {
            remembered.weight -= forgotten.weight();
        }
    }

    /// Forgets everything, because a failed database may come back in an earlier state.
    pub(crate) fn forget(&self) {
        let mut remembered = self.lock();
        remembered.customers.clear();
        remembered.weight = 0;
    }

    /// Locks the cache, even after a panic. What a panic left behind is still valid, because it is only ever used at
    /// its version.
    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn take(&mut self, key: &CustomerKey) -> Option<CachedCustomer> {
        let known = self.customers.pop(key)?;
        self.weight -= known.weight();
        Some(known)
    }
}

impl CachedCustomer {
    /// Returns the same with the old facts of subscriptions with many facts summed up.
    fn compacted(self) -> Self {
        let customer = self.known.customer.compacted_by_count(MANY_FACTS, NEWEST_FACTS);
        let known = Known { customer, ..self.known };
        Self { known, ..self }
    }

    /// Returns its weight, counted in facts.
    fn weight(&self) -> u64 {
        CUSTOMER_WEIGHT + self.known.customer.count_facts()
    }
}

impl std::fmt::Debug for CustomerCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CustomerCache").field("weight", &self.lock().weight).finish()
    }
}
