//! Proposals: a customer's tenant as objects of Stripe claim it, kept until somebody decides.

use subscription::{CustomerId, TenantId};

use crate::CustomerKey;

/// The state of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// It waits for somebody to accept or dismiss it.
    Open,
    /// It cannot be accepted, because the tenant or the customer is bound elsewhere.
    Conflict {
        /// The other tenant that holds the customer.
        customer_held_by: Option<TenantId>,
        /// The other customer that the tenant holds.
        tenant_holds: Option<CustomerId>,
    },
    /// The tenant is bound to the customer.
    Accepted,
    /// Somebody dismissed it.
    Dismissed,
}

impl ProposalState {
    /// All words for it. A conflict is an open proposal that cannot be accepted now, but may be some day.
    pub const WORDS: [&'static str; 4] = [Self::OPEN, "conflict", Self::ACCEPTED, Self::DISMISSED];

    /// The word for an open one.
    pub const OPEN: &'static str = "open";
    /// The word for an accepted one.
    pub const ACCEPTED: &'static str = "accepted";
    /// The word for a dismissed one.
    pub const DISMISSED: &'static str = "dismissed";

    /// Returns the word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => Self::OPEN,
            Self::Conflict { .. } => "conflict",
            Self::Accepted => Self::ACCEPTED,
            Self::Dismissed => Self::DISMISSED,
        }
    }
}

/// A binding that a proposal asks for.
#[derive(Clone, Copy, Debug)]
pub struct ProposedBinding<'a> {
    /// The customer.
    pub customer: &'a CustomerKey,
    /// The tenant.
    pub tenant: &'a TenantId,
}

/// A tenant, and the customer that it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBinding {
    /// The tenant.
    pub tenant: TenantId,
    /// The Connect account of its customer, or empty for one's own.
    pub account: String,
    /// The customer, or `None` if it is bound to none.
    pub customer: Option<CustomerId>,
}

/// Returns the state of an undecided proposal. It follows from the current bindings, which can change independently of
/// the proposal.
pub fn proposal_state(proposed: ProposedBinding<'_>, held: &[HeldBinding]) -> ProposalState {
    let is_of_customer = |binding: &&HeldBinding| {
        binding.account == proposed.customer.scope.account && binding.customer.as_ref() == Some(&proposed.customer.id)
    };
    let holder = held
        .iter()
        .filter(|binding| binding.tenant != *proposed.tenant)
        .find(is_of_customer);
    let other = held
        .iter()
        .find(|binding| binding.tenant == *proposed.tenant)
        .filter(|binding| binding.customer.is_some() && !is_of_customer(binding));
    if holder.is_none() && other.is_none() {
        return ProposalState::Open;
    }
    ProposalState::Conflict {
        customer_held_by: holder.map(|binding| binding.tenant.clone()),
        tenant_holds: other.and_then(|binding| binding.customer.clone()),
    }
}
