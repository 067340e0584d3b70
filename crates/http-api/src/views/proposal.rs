//! A claimed binding, as callers see it.

use persistence::{Proposal, ProposalState};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{ProposalSource, ProposalStatus};
use super::{at, at_micros};

/// A tenant that a Stripe customer is claimed to be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalView {
    id: i64,
    tenant_id: String,
    stripe_customer_id: String,
    /// `null` for your own account.
    stripe_account: Option<String>,
    livemode: bool,
    /// The source of the claim: `client_reference_id` (with a payment link: the payer), `subscription_metadata` or
    /// `customer_metadata`.
    #[schema(value_type = ProposalSource)]
    source: &'static str,
    /// The first event with this claim.
    event_id: String,
    claimed_at: Option<String>,
    found_at: String,
    /// `open`, `conflict` (one of the two is bound elsewhere, so it cannot be accepted), `accepted` or `dismissed`.
    #[schema(value_type = ProposalStatus)]
    state: &'static str,
    /// In a conflict: the other tenant that holds the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_held_by: Option<String>,
    /// In a conflict: the other customer that the tenant holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_holds: Option<String>,
}

impl ProposalView {
    /// Makes the view of a proposal.
    pub(crate) fn of(proposal: &Proposal) -> Self {
        let (customer_held_by, tenant_holds) = match &proposal.state {
            ProposalState::Conflict {
                customer_held_by,
                tenant_holds,
            } => (customer_held_by.as_ref(), tenant_holds.as_ref()),
            ProposalState::Open | ProposalState::Accepted | ProposalState::Dismissed => (None, None),
        };
        let scope = &proposal.customer.scope;
        Self {
            id: proposal.id,
            tenant_id: proposal.tenant.to_string(),
            stripe_customer_id: proposal.customer.id.to_string(),
            stripe_account: scope.connected_account().map(str::to_owned),
            livemode: scope.livemode,
            source: proposal.source.as_str(),
            event_id: proposal.event.to_string(),
            claimed_at: at(proposal.claimed_at),
            found_at: at_micros(proposal.found_at),
            state: proposal.state.as_str(),
            customer_held_by: customer_held_by.map(ToString::to_string),
            tenant_holds: tenant_holds.map(ToString::to_string),
        }
    }
}
