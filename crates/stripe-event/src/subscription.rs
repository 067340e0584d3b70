//! A subscription, in one shape for all API versions.

mod item;
mod status;
mod wire;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::before::Before;
use crate::error::{ObjectError, Problem};
use crate::json::Json;
pub use item::Item;
pub use status::SubscriptionStatus;
use wire::Wire;

/// A subscription. Times are Unix seconds within 1970..=9999.
///
/// See <https://docs.stripe.com/api/subscriptions/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// `sub_…`
    pub id: Cow<'a, str>,
    /// `cus_…`, or the account (`acct_…`) that stands in for it in later versions.
    pub customer: Cow<'a, str>,
    /// Its status.
    pub status: SubscriptionStatus<'a>,
    /// When it was made.
    pub created: i64,
    /// When it began, which may be long before it was made: where it came from another system.
    pub start_date: Option<i64>,
    /// Whether it ends with the current period. It stays active until then.
    pub cancel_at_period_end: bool,
    /// When it will end, or was to end.
    pub cancel_at: Option<i64>,
    /// When its end was asked for, which may be long before the end.
    pub canceled_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// When its trial began.
    pub trial_start: Option<i64>,
    /// When its trial ends, or ended.
    pub trial_end: Option<i64>,
    /// Start of the period invoiced last; where each item has its own, the earliest.
    pub current_period_start: Option<i64>,
    /// End of the period invoiced last; where each item has its own, the latest.
    pub current_period_end: Option<i64>,
    /// What is subscribed to, sorted by price and quantity.
    pub items: Vec<Item<'a>>,
    /// Whether there are more items than the event shows (`items.has_more`).
    pub has_more_items: bool,
    /// `keep_as_draft`, `mark_uncollectible` or `void` while collection is paused. Pausing changes no status.
    pub pause_collection_behavior: Option<Cow<'a, str>>,
    /// When collection is taken up again, where that is set.
    pub pause_collection_resumes_at: Option<i64>,
    /// Why it is `paused`, such as `pause_requested` (`status_details.paused.subscription.type`, since 2026-09-30.endive).
    pub paused_reason: Option<Cow<'a, str>>,
    /// `sub_sched_…`: the schedule that changes it.
    pub schedule: Option<Cow<'a, str>>,
    /// Whether a coupon or another discount lowers what it costs.
    pub is_discounted: bool,
    /// `in_…`: its most recent invoice.
    pub latest_invoice: Option<Cow<'a, str>>,
    /// `pm_…`: what its invoices are tried on first, before the customer's own default.
    pub default_payment_method: Option<Cow<'a, str>>,
    /// `charge_automatically` or `send_invoice`.
    pub collection_method: Option<Cow<'a, str>>,
    /// Three-letter ISO code, in lower case as sent.
    pub currency: Option<Cow<'a, str>>,
    /// What one period costs before discounts and tax, in minor units of the currency. `None` unless every item has a
    /// known quantity, one price per unit, and the same billing interval.
    pub recurring_amount: Option<i64>,
    /// `cancel`, `create_invoice` or `pause`: what happens when a trial ends without a payment method.
    pub trial_end_behavior: Option<Cow<'a, str>>,
    /// Why it was canceled. Feedback may come in a later event.
    pub cancellation_details: CancellationDetails<'a>,
    /// What the SaaS wrote on it, as a rule at its making.
    pub metadata: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

/// Why a subscription was canceled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CancellationDetails<'a> {
    /// `cancellation_requested`, `payment_failed`, `payment_disputed` or `canceled_by_retention_policy`.
    pub reason: Option<Cow<'a, str>>,
    /// What the customer chose: such as `too_expensive`, or one of the account's own options (`feedback_option`).
    pub feedback: Option<Cow<'a, str>>,
    /// What the customer wrote.
    pub comment: Option<Cow<'a, str>>,
}

/// Reads a subscription, and what it was according to `previous_attributes`.
pub(crate) fn read<'a>(
    object: &Json<'a>,
    previous_attributes: Option<&Json<'a>>,
) -> Result<(Subscription<'a>, Before<Subscription<'a>>), ObjectError> {
    let now: Wire<'a> = object.hash().ok_or(ObjectError {
        path: "subscription",
        problem: Problem::Malformed,
    })?;
    let Some(previous) = previous_attributes else {
        return Ok((now.normalised()?, Before::NotGiven));
    };
    let previous: Wire<'a> = previous.hash().ok_or(ObjectError {
        path: "previous_attributes",
        problem: Problem::Malformed,
    })?;
    let before = now.clone().before(previous).normalised()?;
    Ok((now.normalised()?, Before::Was(before)))
}
