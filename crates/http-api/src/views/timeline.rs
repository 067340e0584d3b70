//! A tenant's timeline, as callers see it.

use persistence::TimelineEntry;
use serde::Serialize;
use utoipa::ToSchema;

use super::{at_micros, readable};

/// A change of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineView {
    at: String,
    /// `subscription_status`, `stripe_subscription_id`, `trial_end`, `cancel_at`, `items`, `paused`,
    /// `collection_paused`, `uncertain_since`, `other_subscriptions`, `customer_deleted`, `access`, `pay_link`
    /// (somebody followed it, and to where), or, for a tenant that was bound by a claim, `stripe_customer_id`.
    what: String,
    from: Option<String>,
    to: Option<String>,
    cause: CauseView,
}

/// The cause of a change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CauseView {
    /// `event`, `api`, `read`, `time` or `link`.
    kind: String,
    /// The id of the event, or the invoice of a link.
    id: Option<String>,
}

impl TimelineView {
    /// Makes the view of an entry.
    pub(crate) fn of(entry: &TimelineEntry) -> Self {
        Self {
            at: at_micros(entry.at),
            what: entry.what.clone(),
            from: readable(&entry.what, entry.from.as_deref()),
            to: readable(&entry.what, entry.to.as_deref()),
            cause: CauseView {
                kind: entry.cause.clone(),
                id: entry.cause_id.clone(),
            },
        }
    }
}
