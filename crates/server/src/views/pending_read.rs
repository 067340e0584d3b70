//! A subscription that Stripe is to be asked about, as callers see it.

use persistence::PendingRead;
use serde::Serialize;
use utoipa::ToSchema;

use super::at_micros;

/// A subscription that Stripe is to be asked about.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingReadView {
    subscription_id: String,
    stripe_customer_id: String,
    /// `null` for one's own account.
    stripe_account: Option<String>,
    livemode: bool,
    /// `gap` (events before the newest are missing), `doubt` (those that came allow another answer) or `operator`.
    reason: &'static str,
    /// It was tried in vain and waits for a person; it is tried once a day all the same.
    alarm: bool,
    attempts: u32,
    /// When it is tried next; of one that is under way, when it is given up.
    due_at: String,
    /// Why it failed last.
    failure: Option<String>,
    /// Since when it is to be asked about.
    since: String,
}

impl PendingReadView {
    /// Makes the view of a read.
    pub fn of(read: &PendingRead) -> Self {
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
