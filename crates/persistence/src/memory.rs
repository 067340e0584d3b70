//! What was known of customers when they were last here, so that it need not be loaded again.
//!
//! A customer's row counts its changes. Who has it locked and finds the count as it was knows that no fact came since, from
//! whichever instance; and where it has gone on, the rows that were written since bear a later count, so that only those are
//! loaded. So this is only ever a short cut: an instance that remembers nothing does the same.
//!
//! A count says this within one run of one server. After a failover to a server that was behind, or a restart from a backup, it
//! may come to the same number in another history; so what is remembered counts only in the run that told it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use subscription::{ClaimSource, Customer, Standing, TenantId};

use crate::CustomerKey;
use crate::dossier::Dossiers;

/// Remembered customers. Clones share them.
#[derive(Clone)]
pub(crate) struct Memory(Arc<Mutex<Remembered>>);

struct Remembered {
    customers: LruCache<CustomerKey, Known>,
    /// What they take together.
    weight: u64,
}

/// What is known of a customer.
pub(crate) struct Known {
    pub(crate) customer: Customer,
    pub(crate) standing: Standing,
    /// Which tenant each source last claimed the customer for, as far as it is known to be written down.
    pub(crate) claimed: BTreeMap<ClaimSource, TenantId>,
    /// The change up to which that is so.
    pub(crate) version: i64,
    /// Who told it.
    pub(crate) server: ServerRun,
}

/// A run of a database server: when it was started, in microseconds since 1970, by its own clock. Of SQLite there is but one, 0.
pub(crate) type ServerRun = i64;

/// What is remembered may take, and what a customer takes beside its facts, in facts: of 1.5 kilobytes each at most, as
/// `tests/remembered.rs` measures over random lives. So it is fifteen megabytes at most, whether of a few customers with long
/// lives or of many with short ones.
const MAX_WEIGHT: u64 = 10_000;
const CUSTOMER_WEIGHT: u64 = 1;

impl Memory {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Remembered {
            customers: LruCache::unbounded(),
            weight: 0,
        })))
    }

    /// Whether the customer is remembered, and so has a lock row.
    pub(crate) fn knows(&self, key: &CustomerKey) -> bool {
        self.lock().customers.contains(key)
    }

    /// Takes out what was known of a customer, if it was told in this run and was after one of these changes.
    pub(crate) fn recall(&self, key: &CustomerKey, server: ServerRun, changes: RangeInclusive<i64>) -> Option<Known> {
        let known = self.lock().take(key)?;
        (known.server == server && changes.contains(&known.version)).then_some(known)
    }

    /// Remembers what was committed, and forgets what is longest ago.
    pub(crate) fn keep(&self, dossiers: Dossiers) {
        let mut remembered = self.lock();
        for (key, dossier) in dossiers {
            remembered.take(&key);
            let known = Known {
                version: dossier.version,
                server: dossier.server,
                customer: dossier.customer,
                standing: dossier.standing,
                claimed: dossier.claimed,
            };
            remembered.weight += known.weight();
            remembered.customers.put(key, known);
        }
        while remembered.weight > MAX_WEIGHT
            && let Some((_, forgotten)) = remembered.customers.pop_lru()
        {
            remembered.weight -= forgotten.weight();
        }
    }

    /// Forgets everything: where the database failed, it may come back as it was before.
    pub(crate) fn forget(&self) {
        let mut remembered = self.lock();
        remembered.customers.clear();
        remembered.weight = 0;
    }

    /// What a panic left behind is as good: it is only ever used at its version.
    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn take(&mut self, key: &CustomerKey) -> Option<Known> {
        let known = self.customers.pop(key)?;
        self.weight -= known.weight();
        Some(known)
    }
}

impl Known {
    /// Nothing was heard of the customer.
    pub(crate) fn nothing() -> Self {
        Self {
            customer: Customer::default(),
            standing: Customer::default().standing(),
            claimed: BTreeMap::new(),
            version: 0,
            server: 0,
        }
    }

    /// What it takes, in facts.
    fn weight(&self) -> u64 {
        CUSTOMER_WEIGHT + self.customer.count_facts()
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("weight", &self.lock().weight).finish()
    }
}
