//! Disputes, and the card networks' early fraud warnings.

use crate::{ChargeId, EventId, Money, UnixSeconds};

/// The latest known version of a dispute or warning.
///
/// [`Dispute::join`] is commutative, associative and idempotent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dispute {
    /// Stripe has closed it.
    pub is_closed: bool,
    /// The newest event's `created`.
    pub told_at: UnixSeconds,
    /// The newest event.
    pub event: EventId,
    /// The payment.
    pub charge: ChargeId,
    /// The disputed amount; `None` for a warning.
    pub amount: Option<Money>,
    /// The reason: a dispute's `reason` or a warning's `fraud_type`.
    pub reason: Option<String>,
    /// A dispute's `status`, such as `needs_response`, `won` or `lost`.
    pub status: Option<String>,
    /// It is only a warning. Nothing is disputed yet.
    pub is_warning: bool,
}

impl Dispute {
    /// Joins both versions: the newer one wins, except that a closed one beats an open one.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }
}
