//! π: the part of a subscription object that its state is made of.

use serde::{Deserialize, Serialize};

use crate::{InvoiceId, Status, UnixSeconds};

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
    pub cancel_at: Option<UnixSeconds>,
    /// When the cancellation was asked for.
    pub canceled_at: Option<UnixSeconds>,
    /// When its trial ends or ended.
    pub trial_end: Option<UnixSeconds>,
    /// The start of the period that is paid for (before API 2025-03-31 on the subscription, since then on its items).
    pub period_start: Option<UnixSeconds>,
    /// The end of that period.
    pub period_end: Option<UnixSeconds>,
    /// What is sold, sorted by price.
    pub items: Vec<Item>,
    /// `pause_collection.behavior`; it changes no status.
    pub pause_collection: Option<String>,
    /// The newest invoice.
    pub latest_invoice: Option<InvoiceId>,
}

/// One price of a subscription and how many of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// `price_…` (or a legacy plan's id).
    pub price: String,
    /// None for metered prices.
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

/// What else a subscription object said: told to people, never part of the state.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Details {
    /// When the subscription was made.
    pub created: Option<UnixSeconds>,
    /// When it ended, if it has. Facts written before this was kept do not say.
    #[serde(default)]
    pub ended_at: Option<UnixSeconds>,
    /// What one period costs in minor units, where the items say so.
    pub recurring_amount: Option<i64>,
    /// ISO 4217, lower case.
    pub currency: Option<String>,
    /// `cancellation_details.reason`: `cancellation_requested`, `payment_failed`, `payment_disputed`.
    pub cancellation_reason: Option<String>,
    /// `cancellation_details.feedback`, the customer's choice from Stripe's list.
    pub cancellation_feedback: Option<String>,
    /// `cancellation_details.comment`, the customer's own words.
    pub cancellation_comment: Option<String>,
}
