//! What was read of Stripe's API.

use crate::{Details, InvoiceFact, InvoiceId, Snapshot, SubscriptionId};

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
        /// What was read of it. Its `event` is `read:` and the moment before which it was not read.
        fact: InvoiceFact,
    },
}
