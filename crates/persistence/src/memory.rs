//! What was known of customers when they were last here, so that it need not be loaded again.
//!
//! A customer's row counts its changes. Who has it locked and finds the count as it was knows that no fact came since, from
//! whichever instance. So this is only ever a short cut: an instance that remembers nothing does the same.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use subscription::{Customer, Standing};

use crate::CustomerKey;
use crate::dossier::Dossiers;

/// Remembered customers. Clones share them.
#[derive(Clone)]
pub(crate) struct Memory(Arc<Cache<CustomerKey, Remembered, Facts>>);

#[derive(Clone)]
struct Remembered {
    version: i64,
    customer: Customer,
    standing: Standing,
}

/// How many facts are remembered, of however many customers; about a kilobyte each.
const MAX_FACTS: u64 = 24_000;
/// How many customers that may be; no more than an estimate.
const CUSTOMERS: usize = 4_000;

/// A customer weighs as much as there are facts about it.
#[derive(Clone)]
struct Facts;

impl Weighter<CustomerKey, Remembered> for Facts {
    fn weight(&self, _: &CustomerKey, remembered: &Remembered) -> u64 {
        1 + remembered.customer.count_facts()
    }
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Cache::with_weighter(CUSTOMERS, MAX_FACTS, Facts)))
    }

    /// Whether the customer is remembered, and so has a lock row.
    pub(crate) fn knows(&self, key: &CustomerKey) -> bool {
        self.0.contains_key(key)
    }

    /// Takes out what was known of a customer, if that was at this version of it.
    pub(crate) fn recall(&self, key: &CustomerKey, version: i64) -> Option<(Customer, Standing)> {
        let (_, remembered) = self.0.remove(key)?;
        (remembered.version == version).then_some((remembered.customer, remembered.standing))
    }

    /// Remembers what was committed.
    pub(crate) fn keep(&self, dossiers: Dossiers) {
        for (key, dossier) in dossiers {
            let remembered = Remembered {
                version: dossier.version,
                customer: dossier.customer,
                standing: dossier.standing,
            };
            self.0.insert(key, remembered);
        }
    }

    /// Forgets everything: where the database failed, it may come back as it was before.
    pub(crate) fn forget(&self) {
        self.0.clear();
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("customers", &self.0.len()).finish()
    }
}
