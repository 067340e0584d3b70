//! A subscription schedule: the plan for a subscription.

use std::borrow::Cow;

use serde::Deserialize;

use crate::field::Field;
use crate::json::Json;
use crate::text::{Expandable, Id, Text};
use crate::timestamp::Timestamp;

/// The plan for a subscription, phase by phase.
///
/// See <https://docs.stripe.com/api/subscription_schedules/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionSchedule<'a> {
    /// `sub_sched_…`
    pub id: Cow<'a, str>,
    /// `cus_…`, or the account that replaces it.
    pub customer: Option<Cow<'a, str>>,
    /// `sub_…`: the subscription that it changes; `None` before that exists and after the schedule is released.
    pub subscription: Option<Cow<'a, str>>,
    /// `sub_…`: the subscription that it changed until its release.
    pub released_subscription: Option<Cow<'a, str>>,
    /// The time at which it ends the subscription; `None` if it does not: it is released or canceled, or it ends with a
    /// release.
    pub ends_at: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Field<Id<'a>>,
    #[serde(borrow)]
    customer: Field<Expandable<'a>>,
    #[serde(borrow)]
    customer_account: Field<Expandable<'a>>,
    #[serde(borrow)]
    subscription: Field<Expandable<'a>>,
    #[serde(borrow)]
    released_subscription: Field<Expandable<'a>>,
    #[serde(borrow)]
    status: Field<Text<'a>>,
    #[serde(borrow)]
    end_behavior: Field<Text<'a>>,
    phases: Field<Vec<Phase>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Phase {
    end_date: Field<Timestamp>,
}

impl<'a> SubscriptionSchedule<'a> {
    /// Returns the subscription that it changes, or changed until its release.
    pub fn planned_subscription(&self) -> Option<&str> {
        self.subscription.as_deref().or(self.released_subscription.as_deref())
    }

    pub(crate) fn read(object: &Json<'a>) -> Option<Self> {
        let wire: Wire<'a> = object.hash()?;
        let is = |field: Field<Text<'a>>, words: &[&str]| field.known().is_some_and(|Text(word)| words.contains(&word.as_ref()));
        let will_end = is(wire.status, &["not_started", "active"]) && is(wire.end_behavior, &["cancel"]);
        let phases = wire.phases.known().unwrap_or_default();
        let last = phases.into_iter().filter_map(|phase| phase.end_date.known()).max();
        Some(Self {
            id: wire.id.known_id()?,
            customer: wire.customer.known_id().or_else(|| wire.customer_account.known_id()),
            subscription: wire.subscription.known_id(),
            released_subscription: wire.released_subscription.known_id(),
            ends_at: last.map(|Timestamp(secs)| secs).filter(|_| will_end),
        })
    }
}
