//! The catalogue: prices, and their monthly amounts in cents.

use stripe_event::Item;

/// The currency of all amounts.
pub(crate) const CURRENCY: &str = "usd";

/// The ids of prices, with the cost of one unit in cents.
const PRICES: [(&str, i64); 3] = [
    ("price_1DunlinTeamMonthly000001", 2_900),
    ("price_1DunlinProMonthly0000001", 4_900),
    ("price_1DunlinSeatMonthly000001", 700),
];

/// Returns the plan of this number.
pub(crate) fn plan(nth: usize, quantity: u64) -> Item<'static> {
    Item {
        price: PRICES[nth % PRICES.len()].0.into(),
        quantity: Some(quantity),
    }
}

/// Returns the cost of one unit of this price, in cents. An unknown price costs nothing.
pub(crate) fn unit_amount(price: &str) -> i64 {
    PRICES.iter().find(|(id, _)| *id == price).map_or(0, |(_, amount)| *amount)
}

/// Returns the total of these items, in cents.
pub(crate) fn total(items: &[Item<'_>]) -> i64 {
    let amounts = items
        .iter()
        .map(|item| unit_amount(&item.price) * i64::try_from(item.quantity.unwrap_or_default()).unwrap_or_default());
    amounts.sum()
}
