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
    /// `cus_…`, or the account (`acct_…`) that replaces it in later versions.
    pub customer: Cow<'a, str>,
    /// The status.
    pub status: SubscriptionStatus<'a>,
    /// The time of its creation.
    pub created: i64,
    /// The time at which it began. This may be long before its creation if it was migrated from another system.
    pub start_date: Option<i64>,
    /// `true` if it ends with the current period. It stays active until then.
    pub cancel_at_period_end: bool,
    /// The time at which it will end, or was set to end.
    pub cancel_at: Option<i64>,
    /// The time of the cancellation request, which may be long before the end.
    pub canceled_at: Option<i64>,
    /// The time at which it ended.
    pub ended_at: Option<i64>,
    /// The start of its trial.
    pub trial_start: Option<i64>,
    /// The past or future end of its trial.
    pub trial_end: Option<i64>,
    /// The start of the period invoiced last. If each item has its own period, the earliest start.
    pub current_period_start: Option<i64>,
    /// The end of the period invoiced last. If each item has its own period, the latest end.
    pub current_period_end: Option<i64>,
    /// The items, sorted by price and quantity.
    pub items: Vec<Item<'a>>,
    /// `true` if there are more items than the event shows (`items.has_more`).
    pub has_more_items: bool,
    /// `keep_as_draft`, `mark_uncollectible` or `void` while collection is paused. This pause does not change the
    /// status.
    pub pause_collection_behavior: Option<Cow<'a, str>>,
    /// The time at which collection resumes, if set.
    pub pause_collection_resumes_at: Option<i64>,
    /// The reason why it is `paused`, such as `pause_requested` (`status_details.paused.subscription.type`, since
    /// 2026-09-30.endive).
    pub paused_reason: Option<Cow<'a, str>>,
    /// `sub_sched_…`: the schedule that changes it.
    pub schedule: Option<Cow<'a, str>>,
    /// `true` if a coupon or another discount lowers its price.
    pub is_discounted: bool,
    /// `in_…`: the most recent invoice.
    pub latest_invoice: Option<Cow<'a, str>>,
    /// `pm_…`: the payment method that its invoices use, before the customer's own default.
    pub default_payment_method: Option<Cow<'a, str>>,
    /// `charge_automatically` or `send_invoice`.
    pub collection_method: Option<Cow<'a, str>>,
    /// Three-letter ISO code, in lower case as sent.
    pub currency: Option<Cow<'a, str>>,
    /// The price of one period before discounts and tax, in minor units of the currency. `None` unless every item has a
    /// known quantity, one price per unit, and the same billing interval.
    pub recurring_amount: Option<i64>,
    /// `cancel`, `create_invoice` or `pause`: the effect of a trial's end without a payment method.
    pub trial_end_behavior: Option<Cow<'a, str>>,
    /// The reason for its cancellation. Feedback may come in a later event.
    pub cancellation_details: CancellationDetails<'a>,
    /// The metadata that the SaaS wrote, usually at creation.
    pub metadata: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

/// The reason for a subscription's cancellation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CancellationDetails<'a> {
    /// `cancellation_requested`, `payment_failed`, `payment_disputed` or `canceled_by_retention_policy`.
    pub reason: Option<Cow<'a, str>>,
    /// The customer's choice, such as `too_expensive` or one of the account's own options (`feedback_option`).
    pub feedback: Option<Cow<'a, str>>,
    /// The customer's own words.
    pub comment: Option<Cow<'a, str>>,
}

/// Reads a subscription, and its previous version according to `previous_attributes`.
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
