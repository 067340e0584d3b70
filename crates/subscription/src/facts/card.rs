//! A customer's cards and other payment methods.

use crate::{EventId, UnixSeconds};

/// The latest known version of a payment method. It says nothing about payments.
///
/// [`Card::join`] is commutative, associative and idempotent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Card {
    /// The time at which it was attached to the customer, if known.
    pub attached_at: Option<UnixSeconds>,
    /// The time at which it was detached, if it was. A detached payment method cannot be attached again
    /// (<https://docs.stripe.com/api/payment_methods/detach>).
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub detached_at: Option<UnixSeconds>,
    /// The version in the newest event.
    pub shown: CardShown,
}

/// One version of a payment method. The newer one is the greater one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CardShown {
    /// The event's `created`.
    pub told_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// `visa`, `mastercard`, …; for other payment methods the type (`sepa_debit`).
    pub brand: String,
    /// The last four digits of a card.
    pub last4: Option<String>,
    /// The month in which it expires, 1 to 12.
    pub exp_month: Option<u8>,
    /// The year in which it expires.
    pub exp_year: Option<u16>,
}

impl Card {
    /// Joins both versions.
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
