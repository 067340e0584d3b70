//! π: the part of a subscription object from which its state is computed.

use crate::{InvoiceId, PaymentMethodId, Status, UnixSeconds};

/// A subscription at one instant, the same in every API version.
///
/// Two payloads with the same meaning must give equal snapshots, because the fold adds and subtracts them. So a
/// snapshot omits everything that Stripe writes differently by version or changes without effect on us (see
/// [`Details`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// Stripe's `status`.
    pub status: Status,
    /// It ends by itself at the end of the period.
    pub cancel_at_period_end: bool,
    /// The time at which it will end, if set.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cancel_at: Option<UnixSeconds>,
    /// The time of the cancellation request.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub canceled_at: Option<UnixSeconds>,
    /// The past or future end of its trial.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub trial_end: Option<UnixSeconds>,
    /// The start of the paid period (on the subscription before API 2025-03-31, on its items since then).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub period_start: Option<UnixSeconds>,
    /// The end of that period.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub period_end: Option<UnixSeconds>,
    /// The items sold, sorted by price.
    pub items: Vec<Item>,
    /// `pause_collection.behavior`, which does not affect the status.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub pause_collection: Option<String>,
    /// The newest invoice.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub latest_invoice: Option<InvoiceId>,
}

/// One price of a subscription and its quantity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Item {
    /// `price_…` (or a legacy plan's id).
    pub price: String,
    /// The quantity; `None` for metered prices.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub quantity: Option<u64>,
}

impl Snapshot {
    /// Creates a snapshot with nothing but a status, for tests and for callers that know no more.
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

impl From<Status> for Snapshot {
    fn from(status: Status) -> Self {
        Self::of_status(status)
    }
}

/// The other fields of a subscription object. They order nothing, and each version is the one in its event.
///
/// Fields that did not exist when a fact was written are `None` or `false`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Details {
    /// The time at which the subscription was created.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub created: Option<UnixSeconds>,
    /// The time at which it began. This is before its creation if it was migrated from another system.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub start_date: Option<UnixSeconds>,
    /// The time at which it ended, if it has.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub ended_at: Option<UnixSeconds>,
    /// The price of one period in minor units, if the items report it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub recurring_amount: Option<i64>,
    /// The ISO 4217 code, lower case.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub currency: Option<String>,
    /// A coupon or another discount lowers the amount.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_false"))]
    pub is_discounted: bool,
    /// There are more items than reported.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_false"))]
    pub has_more_items: bool,
    /// All items, if they did not fit into the object and had to be requested.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub all_items: Option<Vec<Item>>,
    /// `charge_automatically` or `send_invoice`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub collection_method: Option<String>,
    /// The payment method that its invoices use first.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub default_payment_method: Option<PaymentMethodId>,
    /// `cancel`, `create_invoice` or `pause`: the effect of a trial's end without a payment method.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub trial_end_behavior: Option<String>,
    /// The reason for the pause (`status_details.paused.subscription.type`).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub paused_reason: Option<String>,
    /// The time at which paused collection resumes.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub collection_resumes_at: Option<UnixSeconds>,
    /// `cancellation_details.reason`: `cancellation_requested`, `payment_failed`, `payment_disputed`,
    /// `canceled_by_retention_policy`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cancellation_reason: Option<String>,
    /// `cancellation_details.feedback`: the customer's choice from Stripe's list or from the account's own
    /// (`feedback_option`).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cancellation_feedback: Option<String>,
    /// `cancellation_details.comment`: the customer's own words.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cancellation_comment: Option<String>,
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it serializes by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
