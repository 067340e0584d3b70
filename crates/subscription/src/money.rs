//! Amounts of money.

/// An amount in the currency's minor unit, as Stripe writes it: 4900 `eur` is €49.00, 4900 `jpy` is ¥4,900
/// (<https://docs.stripe.com/currencies#zero-decimal>).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Money {
    /// The amount in minor units.
    pub amount: i64,
    /// The ISO 4217 code, lower case.
    pub currency: String,
}

impl Money {
    /// Creates an amount in minor units of `currency`, which is converted to lower case.
    pub fn new(amount: i64, currency: &str) -> Self {
        Self {
            amount,
            currency: currency.to_ascii_lowercase(),
        }
    }
}
