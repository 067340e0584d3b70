//! What is sold: prices, with what one unit costs a month in cents.

use stripe_event::Item;

/// The currency of everything.
pub(crate) const CURRENCY: &str = "usd";

/// Price ids with the cost of one unit.
const PRICES: [(&str, i64); 3] = [
    ("price_1DunlinTeamMonthly000001", 2_900),
    ("price_1DunlinProMonthly0000001", 4_900),
    ("price_1DunlinSeatMonthly000001", 700),
];

/// One of the plans, by number.
pub(crate) fn plan(nth: usize, quantity: u64) -> Item<'static> {
    Item {
        price: PRICES[nth % PRICES.len()].0.into(),
        quantity: Some(quantity),
    }
}

/// What one unit of this price costs. A price nobody knows costs nothing.
pub(crate) fn unit_amount(price: &str) -> i64 {
    PRICES.iter().find(|(id, _)| *id == price).map_or(0, |(_, amount)| *amount)
}

/// What these cost together.
pub(crate) fn total(items: &[Item<'_>]) -> i64 {
    let amounts = items
        .iter()
        .map(|item| unit_amount(&item.price) * i64::try_from(item.quantity.unwrap_or_default()).unwrap_or_default());
    amounts.sum()
}
