//! Templates: the fixtures' events, moved to other ids and another time.

use serde_json::Value;

/// The ids in the templates, and their replacements, given the customer, the subscription and the event.
const NAMES: [(&str, Name); 10] = [
    ("cus_DunlinMara0001", Name::Customer),
    ("sub_1DunlinRowing00000000A1", Name::Subscription),
    ("si_DunlinRowing01", Name::OfSubscription("si_", "")),
    ("in_1DunlinTrial000000000A1", Name::OfSubscription("in_", "_trial")),
    ("in_1DunlinFebruary0000000A2", Name::OfSubscription("in_", "_last")),
    ("in_1DunlinMarch0000000000A3", Name::OfSubscription("in_", "")),
    ("il_1Dunlinch0000000000A3", Name::OfSubscription("il_", "")),
    ("il_1DunlingApril000000A4", Name::OfSubscription("il_", "_next")),
    ("pm_1DunlinVisa0000000000A1", Name::PaymentMethod),
    (
        "cs_test_a1DunlinRowingClubCheckoutSession00000000000000000001",
        Name::OfEvent("cs_test_"),
    ),
];

#[derive(Clone, Copy)]
enum Name {
    Customer,
    Subscription,
    PaymentMethod,
    /// A prefix, the subscription's id without its prefix, and a suffix.
    OfSubscription(&'static str, &'static str),
    /// A prefix, and the event's id without its prefix: new with each event.
    OfEvent(&'static str),
}

/// The ids that an event is about.
pub(crate) struct Names<'a> {
    pub(crate) event: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) subscription: &'a str,
    /// The event attaches a payment method.
    pub(crate) is_new_card: bool,
}

impl Names<'_> {
    /// Replaces the template's ids by these, in every text.
    pub(crate) fn put_into(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                for (id, name) in NAMES {
                    if text.contains(id) {
                        *text = text.replace(id, &self.of(name));
                    }
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.put_into(element)),
            Value::Object(members) => members.values_mut().for_each(|member| self.put_into(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn of(&self, name: Name) -> String {
        let bare = |id: &str| id.split_once('_').map_or(id, |(_, bare)| bare).to_owned();
        match name {
            Name::Customer => self.customer.to_owned(),
            Name::Subscription => self.subscription.to_owned(),
            // Attaching a payment method brings a new one. Otherwise it is the one that the subscription began with.
            Name::PaymentMethod if self.is_new_card => format!("pm_{}", bare(self.event)),
            Name::PaymentMethod => format!("pm_{}", bare(self.subscription)),
            Name::OfSubscription(prefix, suffix) => format!("{prefix}{}{suffix}", bare(self.subscription)),
            Name::OfEvent(prefix) => format!("{prefix}{}", bare(self.event)),
        }
    }
}

/// The least of the whole numbers that are times, up to [`LAST_TIME`]. The fixtures have no amount as large.
const FIRST_TIME: i64 = 1_600_000_000;
const LAST_TIME: i64 = 2_000_000_000;

/// Moves every time in the template by this many seconds.
pub(crate) fn shift_times(value: &mut Value, by_secs: i64) {
    match value {
        Value::Number(number) => {
            if let Some(time) = number.as_i64().filter(|time| (FIRST_TIME..LAST_TIME).contains(time)) {
                *value = Value::from(time.saturating_add(by_secs));
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| shift_times(element, by_secs)),
        Value::Object(members) => members.values_mut().for_each(|member| shift_times(member, by_secs)),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
