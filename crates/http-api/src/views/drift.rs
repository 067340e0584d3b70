//! Drift, as callers see it.

use persistence::Drift;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{DriftSource, DriftedField, DriftedKind};
use super::{at, at_micros, readable};

/// A difference from Stripe's state that was found by asking Stripe.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DriftView {
    id: i64,
    found_at: String,
    /// The way it was found: `event_list` (Stripe lists an event that was never delivered), `read` or `operator`.
    #[schema(value_type = DriftSource)]
    via: &'static str,
    stripe_customer_id: String,
    /// `null` for your own account.
    stripe_account: Option<String>,
    livemode: bool,
    /// The tenant that was bound to the customer.
    tenant_id: Option<String>,
    /// The event that was never delivered, if one was found.
    event_id: Option<String>,
    /// `subscription`, `invoice`, or `event` for one that changed nothing.
    #[schema(value_type = DriftedKind)]
    kind: &'static str,
    /// Stripe's id of the object that was wrong.
    object_id: String,
    /// What was wrong about it; for an event that changed nothing, its type.
    #[schema(value_type = DriftedField)]
    what: String,
    /// The value that Dunlin had.
    from: Option<String>,
    /// The value that Stripe has.
    to: Option<String>,
    /// The time since which it was wrong, as far as Stripe says.
    since: Option<String>,
}

impl DriftView {
    /// Makes the view of a drift.
    pub(crate) fn of(drift: &Drift) -> Self {
        let scope = &drift.entry.customer.scope;
        Self {
            id: drift.id,
            found_at: at_micros(drift.entry.found_at),
            via: drift.entry.source.as_str(),
            stripe_customer_id: drift.entry.customer.id.to_string(),
            stripe_account: scope.connected_account().map(str::to_owned),
            livemode: scope.livemode,
            tenant_id: drift.entry.tenant.as_ref().map(ToString::to_string),
            event_id: drift.entry.event.as_ref().map(ToString::to_string),
            kind: drift.entry.kind.as_str(),
            object_id: drift.entry.object_id.clone(),
            from: readable(&drift.entry.what, drift.entry.from.as_deref()),
            to: readable(&drift.entry.what, drift.entry.to.as_deref()),
            what: drift.entry.what.clone(),
            since: at(drift.entry.since),
        }
    }
}
