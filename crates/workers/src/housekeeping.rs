//! Housekeeping: the deletion of expired bodies and the compaction of old facts, in small portions.

use std::time::Duration;

use persistence::{Store, StoreError, UnixMicros};

/// The pause after a deleting unit of work, in which deliveries get their turn.
const PAUSE: Duration = Duration::from_millis(20);
/// The number of bodies deleted in one unit of work.
const PRUNED_AT_ONCE: u64 = 500;
/// The number of customers whose facts are compacted in one unit of work.
const COMPACTED_AT_ONCE: usize = 4;

/// Deletes all expired bodies in small portions, and the records of payments that nobody can dispute any more. Returns
/// the number of deleted bodies.
///
/// # Errors
/// [`StoreError`]. Earlier deletions are kept.
pub async fn prune(store: &Store, now: UnixMicros) -> Result<u64, StoreError> {
    let mut pruned = 0;
    store.prune_charges(now).await?;
    loop {
        let portion = store.prune_bodies(PRUNED_AT_ONCE, now).await?;
        pruned += portion;
        if portion < PRUNED_AT_ONCE {
            return Ok(pruned);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Folds all facts behind the horizon into one for each subscription, a few customers at a time. Returns the number of
/// facts removed.
///
/// # Errors
/// [`StoreError`]. Earlier compactions are kept.
pub async fn compact(store: &Store, now: UnixMicros) -> Result<u64, StoreError> {
    let mut compacted = 0;
    let mut after = None;
    loop {
        let (candidates, last) = store.compaction_candidates(after.as_ref(), now).await?;
        for few in candidates.chunks(COMPACTED_AT_ONCE) {
            compacted += store.compact_facts(few, now).await?;
            tokio::time::sleep(PAUSE).await;
        }
        if last.is_none() {
            return Ok(compacted);
        }
        after = last;
    }
}
