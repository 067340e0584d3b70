//! The cards a customer gave.

use serde::{Deserialize, Serialize};

use crate::{EventId, UnixSeconds};

/// A payment method as last told; not yet a payment.
///
/// [`Card::join`] is commutative, associative and idempotent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// When it was attached to the customer, if that was told.
    pub attached_at: Option<UnixSeconds>,
    /// When it was detached, if it was. It cannot be attached again
    /// (<https://docs.stripe.com/api/payment_methods/detach>).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detached_at: Option<UnixSeconds>,
    /// What the newest event said about it.
    pub shown: CardShown,
}

/// One version of a payment method; the newer is the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CardShown {
    /// The event's `created`.
    pub told_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// `visa`, `mastercard`, …; for what is not a card, its type (`sepa_debit`).
    pub brand: String,
    /// The last four digits of a card.
    pub last4: Option<String>,
    /// The month it expires in, 1 to 12.
    pub exp_month: Option<u8>,
    /// The year it expires in.
    pub exp_year: Option<u16>,
}

impl Card {
    /// What both say together.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let earlier = |a: Option<UnixSeconds>, b: Option<UnixSeconds>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            attached_at: earlier(self.attached_at, other.attached_at),
            detached_at: earlier(self.detached_at, other.detached_at),
            shown: self.shown.max(other.shown),
        }
    }
}
