//! Claims: objects of Stripe that name a customer's tenant. A claim from a source that the operator trusts binds. Any
//! other is recorded once, for a person to decide.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::ActiveValue::NotSet;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::{ClaimSource, CustomerId, CustomerState, Notice, TenantClaim, TenantId};

use super::{CustomerRecord, CustomerRecords, notice_row, timeline_entry};
use crate::entity::{binding_proposal, tenant, timeline};
use crate::error::{at, from_json};
use crate::proposal::{ACCEPTED, OPEN};
use crate::rows::is_one_of;
use crate::tenant::new_row;
use crate::{Cause, CustomerKey, EventRecord, Scope, StoreError, Terms, UnixMicros};

impl CustomerRecord {
    /// Returns true if a claim says something that is neither true already nor recorded.
    fn is_news(&self, claim: &TenantClaim) -> bool {
        let is_bound = self.tenant.as_ref().is_some_and(|tenant| tenant.id == claim.tenant.as_str());
        !is_bound && self.claimed.get(&claim.source) != Some(&claim.tenant)
    }

    /// Considers a claim: it binds, or is recorded.
    pub(crate) fn consider(
        &mut self,
        key: &CustomerKey,
        event: &EventRecord,
        claim: &TenantClaim,
        bindable: &mut Bindable,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        if !self.is_news(claim) {
            return Ok(());
        }
        self.claimed.insert(claim.source, claim.tenant.clone());
        let is_trusted = terms.trusted_claims.contains(&claim.source) && self.tenant.is_none();
        let taken = if is_trusted {
            bindable.take(key, &claim.tenant, terms, now)?
        } else {
            None
        };
        if taken.is_none() && self.tenant.is_none() {
            self.tell_of_other_payer(key, claim, bindable, terms, now)?;
        }
        let state = if taken.is_some() { ACCEPTED } else { OPEN };
        self.proposals.push(proposal_row(key, event, claim, state, now));
        if let Some((tenant, how)) = taken {
            let cause = Cause::Event(event.key.id.clone());
            self.tell_timeline_of_binding(key, &tenant.id, &cause, now);
            self.bound_now = Some(how);
            self.bind(key, tenant, &cause, terms, now)?;
        }
        Ok(())
    }

    /// Owes a notice, once, that somebody paid for a tenant with another customer than the tenant's.
    fn tell_of_other_payer(
        &mut self,
        key: &CustomerKey,
        claim: &TenantClaim,
        bindable: &Bindable,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        let has_paid = matches!(
            claim.source,
            ClaimSource::SubscriptionMetadata | ClaimSource::ClientReferenceId
        );
        let tenant = bindable.tenants.get(claim.tenant.as_str()).filter(|_| has_paid);
        let Some((tenant, bound_to)) = tenant.and_then(|tenant| Some((tenant, tenant.stripe_customer_id.clone()?))) else {
            return Ok(());
        };
        let bound_to = CustomerId::new(bound_to);
        let notice = Notice::PayerWithNewCustomer {
            customer: key.id.clone(),
            bound_to: bound_to.clone(),
        };
        let bound = CustomerKey {
            id: bound_to,
            scope: Scope {
                account: tenant.stripe_account.clone(),
                livemode: tenant.livemode.unwrap_or(key.scope.livemode),
            },
        };
        let row = notice_row(&bound, &tenant.id, notice, now.plus_secs(terms.hold_secs), now)?;
        self.owed.push(row);
        Ok(())
    }

    /// Records the tenant's new customer, and the cause, in its timeline.
    pub(crate) fn tell_timeline_of_binding(&mut self, key: &CustomerKey, tenant_id: &str, cause: &Cause, now: UnixMicros) {
        self.differences.push(timeline::ActiveModel {
            to_value: Set(Some(key.id.to_string())),
            ..timeline_entry(key, tenant_id, "stripe_customer_id", cause, now)
        });
    }
}

fn proposal_row(
    key: &CustomerKey,
    event: &EventRecord,
    claim: &TenantClaim,
    state: &'static str,
    now: UnixMicros,
) -> binding_proposal::ActiveModel {
    binding_proposal::ActiveModel {
        id: NotSet,
        customer_id: Set(key.id.to_string()),
        account: Set(key.scope.account.clone()),
        livemode: Set(key.scope.livemode),
        tenant_id: Set(claim.tenant.to_string()),
        source: Set(claim.source.as_str().to_owned()),
        event_id: Set(event.key.id.to_string()),
        claimed_at: Set(event.created),
        found_at: Set(now.as_micros()),
        state: Set(state.to_owned()),
        decided_at: Set((state == ACCEPTED).then_some(now.as_micros())),
    }
}

/// Returns true if the tenant's customer has had subscriptions, and all have ended.
fn has_only_ended(row: &tenant::Model) -> Result<bool, StoreError> {
    let state: CustomerState = from_json("tenant state", &row.state)?;
    let has_ended = state.subscriptions().all(|one| one.status.is_terminal());
    Ok(state.subscription.is_some() && has_ended)
}

/// The tenant's origin in a binding by a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BoundNow {
    /// The tenant existed, and is locked.
    Found,
    /// The tenant was created for the binding.
    Made,
}

/// The material for bindings by claims: the claimed tenants, locked, and the obstacles.
#[derive(Default)]
pub(crate) struct Bindable {
    tenants: BTreeMap<String, tenant::Model>,
    /// Claims that were decided before. The same claim never binds twice.
    decided: BTreeSet<(CustomerKey, String)>,
}

impl Bindable {
    /// Loads what these claims may bind, for customers that are locked. Usually there is nothing to load, because the
    /// customer is bound already, or the claim is recorded.
    pub(crate) async fn load<'a>(
        tx: &impl ConnectionTrait,
        claims: impl Iterator<Item = (CustomerKey, &'a TenantClaim)>,
        records: &CustomerRecords,
    ) -> Result<Self, StoreError> {
        let may_bind = |(key, claim): &(CustomerKey, &TenantClaim)| {
            let record = records.get(key);
            record.is_some_and(|record| record.tenant.is_none() && record.is_news(claim))
        };
        let claims: Vec<(CustomerKey, &TenantClaim)> = claims.filter(may_bind).collect();
        if claims.is_empty() {
            return Ok(Self::default());
        }
        let customers: BTreeSet<&str> = claims.iter().map(|(key, _)| key.id.as_str()).collect();
        let wanted: BTreeSet<&str> = claims.iter().map(|(_, claim)| claim.tenant.as_str()).collect();
        let involved = Condition::any()
            .add(is_one_of(tx, tenant::Column::Id, &wanted))
            .add(is_one_of(tx, tenant::Column::StripeCustomerId, &customers));
        let tenants = tenant::Entity::find()
            .filter(involved)
            .order_by_asc(tenant::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await
            .map_err(at("load the tenants that are claimed"))?;
        let decided = binding_proposal::Entity::find()
            .filter(is_one_of(tx, binding_proposal::Column::CustomerId, &customers))
            .filter(binding_proposal::Column::State.ne(OPEN))
            .all(tx)
            .await
            .map_err(at("look for what was decided about claims"))?;
        let decided = decided.into_iter().map(|row| {
            let customer = CustomerKey::of_row(row.customer_id, row.account, row.livemode);
            (customer, row.tenant_id)
        });
        Ok(Self {
            decided: decided.collect(),
            tenants: tenants.into_iter().map(|row| (row.id.clone(), row)).collect(),
        })
    }

    /// Returns the tenant, bound to this customer, if nothing prevents that. A missing tenant is created.
    fn take(
        &mut self,
        key: &CustomerKey,
        id: &TenantId,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<Option<(tenant::Model, BoundNow)>, StoreError> {
        let holds = |row: &tenant::Model| {
            let is_same = row.stripe_customer_id.as_deref() == Some(key.id.as_str());
            is_same && row.stripe_account == key.scope.account
        };
        let is_decided = self.decided.contains(&(key.clone(), id.to_string()));
        // A tenant of the other mode holds it. One of this mode would be in the customer's record.
        if is_decided || self.tenants.values().any(holds) {
            return Ok(None);
        }
        let (mut row, how) = match self.tenants.get(id.as_str()) {
            Some(row) if row.stripe_customer_id.is_some() && !(terms.rebind_when_ended && has_only_ended(row)?) => return Ok(None),
            Some(row) => (row.clone(), BoundNow::Found),
            None => (new_row(id, now)?, BoundNow::Made),
        };
        row.stripe_customer_id = Some(key.id.to_string());
        row.stripe_account.clone_from(&key.scope.account);
        row.livemode = Some(key.scope.livemode);
        row.updated_at = now.as_micros();
        self.tenants.insert(row.id.clone(), row.clone());
        Ok(Some((row, how)))
    }
}
