//! A tenant's timeline, as callers see it.

use persistence::TimelineEntry;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{CauseKind, TimelineField};
use super::{at_micros, readable};

/// A change of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineView {
    at: String,
    /// What changed. `access`: it ended by time alone. `pay_link`: somebody followed it, and to where.
    /// `stripe_customer_id`: the tenant was bound by a claim.
    #[schema(value_type = TimelineField)]
    what: String,
    from: Option<String>,
    to: Option<String>,
    cause: CauseView,
}

/// The cause of a change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CauseView {
    #[schema(value_type = CauseKind)]
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
