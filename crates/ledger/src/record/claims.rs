//! Claims: objects of Stripe that name a customer's tenant. A claim from a source that the operator trusts binds. Any
//! other is recorded once, for a person to decide.

use std::collections::{BTreeMap, BTreeSet};

use subscription::facts::{ClaimSource, TenantClaim};
use subscription::notices::Notice;
use subscription::state::CustomerState;
use subscription::{EventId, TenantId};

use super::CustomerRecord;
use crate::{Cause, CustomerKey, EventRecord, NewNotice, Scope, TenantRecord, Terms, TimelineNote, UnixMicros};

impl CustomerRecord {
    /// Returns true if a claim says something that is neither true already nor recorded.
    fn is_news(&self, claim: &TenantClaim) -> bool {
        let is_bound = self.tenant.as_ref().is_some_and(|tenant| tenant.id == claim.tenant);
        !is_bound && self.known.claimed.get(&claim.source) != Some(&claim.tenant)
    }

    /// Returns true if a claim could bind a tenant, should the terms allow it. Then [`Bindable`] needs to know of it.
    pub fn may_be_bound_by(&self, claim: &TenantClaim) -> bool {
        self.tenant.is_none() && self.is_news(claim)
    }

    /// Considers a claim: it binds, or is recorded.
    pub fn consider(
        &mut self,
        key: &CustomerKey,
        event: &EventRecord,
        claim: &TenantClaim,
        bindable: &mut Bindable,
        terms: &Terms,
        now: UnixMicros,
    ) {
        if !self.is_news(claim) {
            return;
        }
        self.known.claimed.insert(claim.source, claim.tenant.clone());
        let is_trusted = terms.trusted_claims.contains(&claim.source) && self.tenant.is_none();
        let taken = is_trusted.then(|| bindable.take(key, &claim.tenant, terms, now)).flatten();
        if taken.is_none() && self.tenant.is_none() {
            self.tell_of_other_payer(key, claim, bindable, terms, now);
        }
        self.proposals.push(NewProposal {
            customer: key.clone(),
            tenant: claim.tenant.clone(),
            source: claim.source,
            event: event.key.id.clone(),
            claimed_at: event.created,
            found_at: now,
            is_accepted: taken.is_some(),
        });
        if let Some((tenant, how)) = taken {
            let cause = Cause::Event(event.key.id.clone());
            self.tell_timeline_of_binding(key, &tenant.id, &cause, now);
            self.bound_now = Some(how);
            self.bind(key, tenant, &cause, terms, now);
        }
    }

    /// Owes a notice, once, that somebody paid for a tenant with another customer than the tenant's.
    fn tell_of_other_payer(&mut self, key: &CustomerKey, claim: &TenantClaim, bindable: &Bindable, terms: &Terms, now: UnixMicros) {
        let has_paid = matches!(
            claim.source,
            ClaimSource::SubscriptionMetadata | ClaimSource::ClientReferenceId
        );
        let claimed = bindable.tenants.get(&claim.tenant).filter(|_| has_paid);
        let Some((tenant, (bound_to, account))) = claimed.and_then(|claimed| Some((&claimed.tenant, claimed.tenant.customer()?)))
        else {
            return;
        };
        let notice = Notice::PayerWithNewCustomer {
            customer: key.id.clone(),
            bound_to: bound_to.clone(),
        };
        let bound = CustomerKey {
            id: bound_to.clone(),
            scope: Scope {
                account: account.to_owned(),
                livemode: tenant.livemode.unwrap_or(key.scope.livemode),
            },
        };
        let due_at = now.plus_secs(terms.hold_secs);
        self.owed.push(NewNotice::to_tenant(&bound, &tenant.id, notice, due_at, now));
    }

    /// Records the tenant's new customer, and the cause, in its timeline.
    fn tell_timeline_of_binding(&mut self, key: &CustomerKey, tenant: &TenantId, cause: &Cause, now: UnixMicros) {
        self.timeline.push(TimelineNote {
            to: Some(key.id.to_string()),
            ..TimelineNote::new(key, tenant, "stripe_customer_id", cause, now)
        });
    }
}

/// A claim to be recorded, once for a customer, a tenant and a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProposal {
    /// The customer.
    pub customer: CustomerKey,
    /// The tenant that the claim names.
    pub tenant: TenantId,
    /// The source of the claim.
    pub source: ClaimSource,
    /// The event with the claim.
    pub event: EventId,
    /// The event's `created`, in seconds.
    pub claimed_at: i64,
    /// The time when Dunlin learned of it.
    pub found_at: UnixMicros,
    /// True if the claim bound the tenant. Otherwise a person decides.
    pub is_accepted: bool,
}

/// The tenant's origin in a binding by a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundNow {
    /// The tenant existed, and is locked.
    Found,
    /// The tenant was created for the binding.
    Made,
}

/// A tenant that claims may concern.
#[derive(Clone, Debug)]
pub struct ClaimedTenant {
    /// The tenant.
    pub tenant: TenantRecord,
    /// Its read model.
    pub state: CustomerState,
}

impl ClaimedTenant {
    /// Returns true if its customer has had subscriptions, and all have ended.
    fn has_only_ended(&self) -> bool {
        let has_ended = self.state.subscriptions().all(|one| one.status.is_terminal());
        self.state.subscription.is_some() && has_ended
    }
}

/// The material for bindings by claims: the claimed tenants, locked, and the obstacles.
#[derive(Debug, Default)]
pub struct Bindable {
    tenants: BTreeMap<TenantId, ClaimedTenant>,
    /// Claims that were decided before. The same claim never binds twice.
    decided: BTreeSet<(CustomerKey, TenantId)>,
}

impl Bindable {
    /// Makes it of the tenants that are claimed or that hold the customers of the claims, and of the claims that were
    /// decided before.
    pub fn new(tenants: impl IntoIterator<Item = ClaimedTenant>, decided: BTreeSet<(CustomerKey, TenantId)>) -> Self {
        let tenants = tenants.into_iter();
        Self {
            tenants: tenants.map(|claimed| (claimed.tenant.id.clone(), claimed)).collect(),
            decided,
        }
    }

    /// Returns the tenant, bound to this customer, if nothing prevents that. A missing tenant is created.
    fn take(&mut self, key: &CustomerKey, id: &TenantId, terms: &Terms, now: UnixMicros) -> Option<(TenantRecord, BoundNow)> {
        let holds = |claimed: &ClaimedTenant| claimed.tenant.customer() == Some((&key.id, key.scope.account.as_str()));
        // A tenant of the other mode holds it. One of this mode would be in the customer's record.
        if self.decided.contains(&(key.clone(), id.clone())) || self.tenants.values().any(holds) {
            return None;
        }
        let (mut claimed, how) = if let Some(claimed) = self.tenants.get(id) {
            let is_free = claimed.tenant.stripe_customer_id.is_none();
            let is_left = terms.rebind_when_ended && claimed.has_only_ended();
            (is_free || is_left).then(|| (claimed.clone(), BoundNow::Found))?
        } else {
            let tenant = TenantRecord::new(id.clone(), now);
            let state = CustomerState::default();
            (ClaimedTenant { tenant, state }, BoundNow::Made)
        };
        claimed.tenant.bind_to(key, now);
        // It has the state of its new customer from now on, and no other claim of the same batch takes it away.
        claimed.state = CustomerState::default();
        let tenant = claimed.tenant.clone();
        self.tenants.insert(id.clone(), claimed);
        Some((tenant, how))
    }
}
