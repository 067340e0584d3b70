//! The number of deliveries since the last write to the ledger, by the secret that signed them.

use std::sync::atomic::{AtomicU64, Ordering};

use persistence::{SignedBy, Store, StoreError};
use stripe_signature::{Secret, Verifier};

use crate::clock;

/// A cheap counter that is written down now and then. A process that dies loses what it had not written down.
#[derive(Debug)]
pub struct SignatureCounter {
    counted: Vec<Counted>,
    /// The number of deliveries that any secret signed, ever.
    came: AtomicU64,
}

#[derive(Debug)]
struct Counted {
    signed_by: SignedBy,
    deliveries: AtomicU64,
}

impl SignatureCounter {
    /// Makes a counter of the deliveries that this verifier checks.
    pub fn of(verifier: &Verifier) -> Self {
        let secrets = verifier
            .secrets()
            .iter()
            .map(|secret| SignedBy::Secret(Secret::fingerprint(secret)));
        let counted = secrets
            .chain([SignedBy::AtAnotherTime, SignedBy::Nobody])
            .map(|signed_by| Counted {
                signed_by,
                deliveries: AtomicU64::new(0),
            });
        Self {
            counted: counted.collect(),
            came: AtomicU64::new(0),
        }
    }

    /// Counts a delivery that the verifier's secret at this position signed.
    pub fn signed_by(&self, secret: usize) {
        self.came.fetch_add(1, Ordering::Relaxed);
        self.count(secret);
    }

    /// Counts a delivery that a secret signed too long ago, or in the future.
    pub fn signed_at_another_time(&self) {
        self.count(self.counted.len() - 2);
    }

    /// Counts a delivery that no secret signed.
    pub fn signed_by_nobody(&self) {
        self.count(self.counted.len() - 1);
    }

    /// Returns the number of signed deliveries that have come to this process, to see whether some came meanwhile.
    pub fn came(&self) -> u64 {
        self.came.load(Ordering::Relaxed)
    }

    fn count(&self, nth: usize) {
        if let Some(counted) = self.counted.get(nth) {
            counted.deliveries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds the counts to the current hour of the ledger, and starts again from zero.
    ///
    /// # Errors
    /// [`StoreError`]. The counts are kept for the next time then.
    pub async fn write_down(&self, store: &Store) -> Result<(), StoreError> {
        let taken: Vec<(&Counted, u64)> = self.counted.iter().map(|one| (one, one.take())).collect();
        let counts: Vec<(SignedBy, u64)> = taken
            .iter()
            .filter(|(_, deliveries)| *deliveries > 0)
            .map(|(one, deliveries)| (one.signed_by.clone(), *deliveries))
            .collect();
        if counts.is_empty() {
            return Ok(());
        }
        store.inbox().count_deliveries(&counts, clock::now()).await.inspect_err(|_| {
            for (one, deliveries) in &taken {
                one.deliveries.fetch_add(*deliveries, Ordering::Relaxed);
            }
        })
    }
}

impl Counted {
    fn take(&self) -> u64 {
        self.deliveries.swap(0, Ordering::Relaxed)
    }
}
