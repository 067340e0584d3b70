//! π: the part of a subscription object that its state is made of.

use serde::{Deserialize, Serialize};

use crate::{InvoiceId, PaymentMethodId, Status, UnixSeconds};

/// What a subscription was at one instant, the same whichever API version told it.
///
/// Two payloads that mean the same state must give equal snapshots: the fold adds and subtracts these. So anything that
/// Stripe writes differently by version, or changes without it mattering to us, stays out (see [`Details`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Snapshot {
    /// Stripe's `status`.
    pub status: Status,
    /// Ends by itself at the period's end.
    pub cancel_at_period_end: bool,
    /// When it will end, if it will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<UnixSeconds>,
    /// When the cancellation was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled_at: Option<UnixSeconds>,
    /// When its trial ends or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_end: Option<UnixSeconds>,
    /// The start of the period that is paid for (before API 2025-03-31 on the subscription, since then on its items).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_start: Option<UnixSeconds>,
    /// The end of that period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_end: Option<UnixSeconds>,
    /// What is sold, sorted by price.
    pub items: Vec<Item>,
    /// `pause_collection.behavior`; it changes no status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_collection: Option<String>,
    /// The newest invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_invoice: Option<InvoiceId>,
}

/// One price of a subscription and how many of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// `price_…` (or a legacy plan's id).
    pub price: String,
    /// None for metered prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
}

impl Snapshot {
    /// A snapshot of nothing but a status: the starting point for tests and for callers that know no more.
    pub fn of_status(status: Status) -> Self {
        Self {
            status,
            cancel_at_period_end: false,
            cancel_at: None,
            canceled_at: None,
            trial_end: None,
            period_start: None,
            period_end: None,
            items: Vec::new(),
            pause_collection: None,
            latest_invoice: None,
        }
    }
}

/// What else a subscription object said. It orders nothing, and each version of it is what its event said.
///
/// What facts written before a field was kept do not say is `None` or `false`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// When the subscription was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<UnixSeconds>,
    /// When it began: before it was made, where it came from another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<UnixSeconds>,
    /// When it ended, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UnixSeconds>,
    /// What one period costs in minor units, where the items say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring_amount: Option<i64>,
    /// ISO 4217, lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The amount is lowered by a coupon or another discount.
    #[serde(skip_serializing_if = "is_false")]
    pub is_discounted: bool,
    /// There are more items than were told.
    #[serde(skip_serializing_if = "is_false")]
    pub has_more_items: bool,
    /// All items, where more than were told at once had to be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_items: Option<Vec<Item>>,
    /// `charge_automatically` or `send_invoice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_method: Option<String>,
    /// What its invoices are tried on first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_payment_method: Option<PaymentMethodId>,
    /// `cancel`, `create_invoice` or `pause`: what becomes of it where its trial ends without a payment method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_end_behavior: Option<String>,
    /// Why it is paused (`status_details.paused.subscription.type`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_reason: Option<String>,
    /// When collection, which is paused, is taken up again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_resumes_at: Option<UnixSeconds>,
    /// `cancellation_details.reason`: `cancellation_requested`, `payment_failed`, `payment_disputed`,
    /// `canceled_by_retention_policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation_reason: Option<String>,
    /// `cancellation_details.feedback`, the customer's choice from Stripe's list, or from the account's own
    /// (`feedback_option`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation_feedback: Option<String>,
    /// `cancellation_details.comment`, the customer's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation_comment: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it serializes by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
