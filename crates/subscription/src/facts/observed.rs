//! Objects read from Stripe's API.

use super::invoice::InvoiceFact;
use super::snapshot::{Details, Snapshot};
use crate::{InvoiceId, SubscriptionId};

/// An object as read.
#[derive(Clone, Debug)]
pub enum Observed {
    /// A subscription.
    Subscription {
        /// The subscription.
        id: SubscriptionId,
        /// Its snapshot.
        snapshot: Snapshot,
        /// The other fields of the object.
        details: Details,
    },
    /// An invoice.
    Invoice {
        /// The invoice.
        id: InvoiceId,
        /// The content. Its `event` is `read:` followed by the earliest possible time of the read.
        fact: InvoiceFact,
    },
}
