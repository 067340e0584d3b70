//! Payments that somebody may take back: disputes, and the card networks' warnings of them.

use serde::{Deserialize, Serialize};

use crate::{ChargeId, EventId, Money, UnixSeconds};

/// `du_…` or `issfr_…`: a dispute, or an early fraud warning.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisputeId(String);

impl DisputeId {
    /// Names it by its id, verbatim.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as Stripe wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A dispute or a warning as last told.
///
/// [`Dispute::join`] is commutative, associative and idempotent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dispute {
    /// Stripe has closed it.
    pub is_closed: bool,
    /// The newest event's `created`.
    pub told_at: UnixSeconds,
    /// The newest event.
    pub event: EventId,
    /// The payment.
    pub charge: ChargeId,
    /// What is disputed; `None` of a warning.
    pub amount: Option<Money>,
    /// Why: a dispute's `reason` or a warning's `fraud_type`.
    pub reason: Option<String>,
    /// A dispute's `status`, such as `needs_response`, `won` or `lost`.
    pub status: Option<String>,
    /// It is only a warning: nothing has been disputed yet.
    pub is_warning: bool,
}

impl Dispute {
    /// What both say together: what is said last, and of a closed one what is said of its end.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }
}
