//! The items of a subscription.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::error::{Flaw, Problem};
use crate::field::{Field, hash};
use crate::text::{Id, Text, checked};
use crate::timestamp::Timestamp;

/// One item of a subscription.
///
/// See <https://docs.stripe.com/api/subscription_items/object>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item<'a> {
    /// `price_…`, or an older plan's id (`plan_…` or any chosen name).
    pub price: Cow<'a, str>,
    /// The quantity; `None` for metered usage.
    pub quantity: Option<u64>,
}

/// An item on the wire.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct WireItem<'a> {
    #[serde(borrow)]
    price: Field<Price<'a>>,
    #[serde(borrow)]
    plan: Field<Price<'a>>,
    quantity: Field<u64>,
    current_period_start: Field<Timestamp>,
    current_period_end: Field<Timestamp>,
    #[serde(deserialize_with = "hash")]
    current_trial: Field<WireTrial>,
}

/// A trial of one item.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
struct WireTrial {
    end_date: Field<Timestamp>,
}

/// An item with its contribution to the subscription.
pub(super) struct Part<'a> {
    pub(super) item: Item<'a>,
    pub(super) terms: Terms<'a>,
    pub(super) period_start: Option<i64>,
    pub(super) period_end: Option<i64>,
    pub(super) trial_end: Option<i64>,
}

/// The price of one unit and its billing interval.
#[derive(Clone, Default)]
pub(super) struct Terms<'a> {
    pub(super) unit_amount: Option<i64>,
    pub(super) interval: Option<(Cow<'a, str>, u64)>,
}

impl<'a> WireItem<'a> {
    pub(super) fn normalised(self) -> Result<Part<'a>, Flaw> {
        let price = self.price.optional("subscription.items.data.price")?;
        let plan = self.plan.optional("subscription.items.data.plan")?;
        let Price { id, terms } = price.or(plan).ok_or(Flaw {
            field: "subscription.items.data.price",
            problem: Problem::Missing,
        })?;
        let start = self
            .current_period_start
            .optional("subscription.items.data.current_period_start")?;
        let end = self
            .current_period_end
            .optional("subscription.items.data.current_period_end")?;
        Ok(Part {
            item: Item {
                price: id,
                quantity: self.quantity.optional("subscription.items.data.quantity")?,
            },
            terms,
            period_start: start.map(|Timestamp(seconds)| seconds),
            period_end: end.map(|Timestamp(seconds)| seconds),
            trial_end: self
                .current_trial
                .known()
                .and_then(|trial| trial.end_date.known())
                .map(|Timestamp(seconds)| seconds),
        })
    }
}

/// Returns the price of all parts per period; `None` if there is no single answer.
pub(super) fn recurring_amount(parts: &[Part<'_>]) -> Option<i64> {
    let (first, rest) = parts.split_first()?;
    if rest.iter().any(|part| part.terms.interval != first.terms.interval) {
        return None;
    }
    parts.iter().try_fold(0_i64, |sum, part| {
        let quantity = i64::try_from(part.item.quantity?).ok()?;
        sum.checked_add(part.terms.unit_amount?.checked_mul(quantity)?)
    })
}

/// A price or its predecessor, a plan, which has the same content under other names.
#[derive(Clone)]
struct Price<'a> {
    id: Cow<'a, str>,
    terms: Terms<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Price<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PriceVisitor)
    }
}

/// A visitor for a price, given as an object or as its id.
struct PriceVisitor;

impl<'de> Visitor<'de> for PriceVisitor {
    type Value = Price<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price or its id")
    }

    fn visit_borrowed_str<E: Error>(self, id: &'de str) -> Result<Self::Value, E> {
        Price::of_id(Cow::Borrowed(id))
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<Self::Value, E> {
        Price::of_id(Cow::Owned(id.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        let mut wire = WireTerms::deserialize(MapAccessDeserializer::new(entries))?;
        let Id(id) = std::mem::take(&mut wire.id)
            .known()
            .ok_or_else(|| A::Error::missing_field("id"))?;
        Ok(Price {
            id,
            terms: wire.normalised(),
        })
    }
}

impl<'a> Price<'a> {
    fn of_id<E: Error>(id: Cow<'a, str>) -> Result<Self, E> {
        Ok(Self {
            id: checked(id).map_err(E::custom)?,
            terms: Terms::default(),
        })
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct WireTerms<'a> {
    #[serde(borrow)]
    id: Field<Id<'a>>,
    /// A price's amount per unit, in minor units; null if it is tiered or has a fraction.
    unit_amount: Field<i64>,
    /// A plan's amount per unit.
    amount: Field<i64>,
    /// A price's interval.
    #[serde(borrow)]
    recurring: Field<WireInterval<'a>>,
    /// A plan's interval.
    #[serde(borrow)]
    interval: Field<Text<'a>>,
    interval_count: Field<u64>,
    /// If set, the quantity is divided before it is multiplied by the price.
    transform_quantity: Field<serde::de::IgnoredAny>,
    transform_usage: Field<serde::de::IgnoredAny>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct WireInterval<'a> {
    #[serde(borrow)]
    interval: Field<Text<'a>>,
    interval_count: Field<u64>,
}

impl<'a> WireTerms<'a> {
    fn normalised(self) -> Terms<'a> {
        let transformed = self.transform_quantity.known().is_some() || self.transform_usage.known().is_some();
        let unit_amount = self.unit_amount.known().or(self.amount.known());
        let (interval, count) = match self.recurring.known() {
            Some(recurring) => (recurring.interval, recurring.interval_count),
            None => (self.interval, self.interval_count),
        };
        Terms {
            unit_amount: unit_amount.filter(|_| !transformed),
            interval: interval.known().map(|Text(interval)| (interval, count.known().unwrap_or(1))),
        }
    }
}
