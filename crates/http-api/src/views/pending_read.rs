//! A subscription that Stripe is to be asked about, as callers see it.

use persistence::PendingRead;
use serde::Serialize;
use utoipa::ToSchema;

use super::at_micros;
use super::words::PendingReadReason;

/// A subscription that Stripe is to be asked about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PendingReadView {
    subscription_id: String,
    stripe_customer_id: String,
    /// `null` for your own account.
    stripe_account: Option<String>,
    livemode: bool,
    /// `gap` (events before the newest are missing), `items` (there are more than an event shows), `doubt` (the known
    /// events allow another answer), `customer_deleted` or `operator`.
    #[schema(value_type = PendingReadReason)]
    reason: &'static str,
    /// True if it failed and waits for a person. It is still tried once a day.
    alarm: bool,
    attempts: u32,
    /// The time of the next try, or, if one is in progress, of its deadline.
    due_at: String,
    /// The reason of the last failure.
    failure: Option<String>,
    /// The time since which it is to be asked about.
    since: String,
}

impl PendingReadView {
    /// Makes the view of a read.
    pub(crate) fn of(read: &PendingRead) -> Self {
        let scope = &read.customer.scope;
        Self {
            subscription_id: read.subscription.to_string(),
            stripe_customer_id: read.customer.id.to_string(),
            stripe_account: scope.connected_account().map(str::to_owned),
            livemode: scope.livemode,
            reason: read.reason.as_str(),
            alarm: read.is_alarm,
            attempts: read.attempts,
            due_at: at_micros(read.due_at),
            failure: read.failure.clone(),
            since: at_micros(read.since),
        }
    }
}
