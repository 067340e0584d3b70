//! Disputes, and the card networks' early fraud warnings.

use serde::{Deserialize, Serialize};

use crate::{ChargeId, DisputedPayment, EventId, Money, Notice, UnixSeconds};

/// The id of a dispute (`du_…`) or an early fraud warning (`issfr_…`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisputeId(String);

impl DisputeId {
    /// Wraps an id, verbatim.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Returns the id as Stripe wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The latest known version of a dispute or warning.
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
    /// Returns the notice for the present version.
    pub fn notice(&self, id: &DisputeId) -> Notice {
        let payment = DisputedPayment {
            dispute: id.clone(),
            charge: self.charge.clone(),
            amount: self.amount.clone(),
            reason: self.reason.clone(),
            outcome: self.status.clone().filter(|_| self.is_closed),
        };
        if self.is_warning {
            Notice::EarlyFraudWarningAlert(payment)
        } else {
            Notice::DisputeAlert(payment)
        }
    }

    /// Joins both versions: the newer one wins, except that a closed one beats an open one.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }
}
