//! What notices say of cards.

use crate::PaymentMethodId;

/// A card that expires soon.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExpiringCard {
    /// The payment method.
    pub payment_method: PaymentMethodId,
    /// `visa`, …
    pub brand: String,
    /// The last four digits.
    pub last4: Option<String>,
    /// The last month in which it is valid, 1 to 12.
    pub exp_month: u8,
    /// The year of that month.
    pub exp_year: u16,
    /// The number of days from this warning to the card's end.
    pub days: u8,
}
