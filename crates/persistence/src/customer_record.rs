//! The records of customers as rows: loaded under the customers' locks, and written back at once.

use std::collections::BTreeMap;

use ledger::{CustomerKey, CustomerRecord};

use crate::cache::{CachedCustomer, CustomerCache, ServerRun};

mod load;
mod own;
mod save;

pub(crate) use load::{load, load_in_full, lock, make_lock_rows, summed_up};
pub(crate) use save::{fact_key, fact_row, save};

/// A customer's record, with what storing it needs.
#[derive(Debug)]
pub(crate) struct StoredRecord {
    pub(crate) record: CustomerRecord,
    /// The server run that the customer's row was read in.
    server: ServerRun,
    /// The change after which every change marked the rows it wrote.
    marked_from: i64,
    /// True if the cache knew all that is stored. Then the tenant's read model is what the facts give, because whoever
    /// told the cache wrote it too.
    is_cached: bool,
    /// The tenant's read model as it is stored.
    pub(crate) tenant_state: Option<String>,
}

/// The records of the customers that a unit of work touches.
pub(crate) type CustomerRecords = BTreeMap<CustomerKey, StoredRecord>;

/// Caches the customers of committed records.
pub(crate) fn keep(cache: &CustomerCache, records: CustomerRecords) {
    let cached = |stored: StoredRecord| CachedCustomer {
        known: stored.record.into_known(),
        server: stored.server,
    };
    cache.keep(records.into_iter().map(|(key, stored)| (key, cached(stored))));
}
