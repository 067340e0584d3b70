//! Binding: a tenant gets a Stripe customer, and with it that customer's state.

use ledger::{CustomerKey, ProposalState, TenantRecord, TenantUpdate, UnixMicros};
use sea_orm::ConnectionTrait;
use subscription::{CustomerId, TenantId};

use crate::error::at;
use crate::{Decision, Proposals, Put, Store, StoreError, Tenant, Tenants, proposal};

/// The outcome of binding a tenant to a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The tenant is bound to the customer, since now or since earlier.
    Bound(Box<Tenant>),
    /// The customer is bound to this other tenant. Nothing changed.
    CustomerTaken(TenantId),
    /// The tenant is bound to this other customer. Nothing changed.
    TenantHolds(CustomerId),
}

impl Tenants<'_> {
    /// Binds a tenant that has no other customer to a customer that has no other tenant. The first claim stands, on
    /// both sides. A missing tenant is created.
    ///
    /// Unlike [`Tenants::put`] this never takes a customer away.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing has changed.
    pub async fn bind(self, id: &TenantId, customer: &CustomerKey, now: UnixMicros) -> Result<Binding, StoreError> {
        let update = TenantUpdate::binding_to(customer);
        self.store.retrying(|| self.try_bind_tenant(id, &update, true, now)).await
    }

    /// Returns the outcome that a binding would have, and writes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn would_bind(self, id: &TenantId, customer: &CustomerKey, now: UnixMicros) -> Result<Binding, StoreError> {
        let update = TenantUpdate::binding_to(customer);
        self.store.retrying(|| self.try_bind_tenant(id, &update, false, now)).await
    }

    async fn try_bind_tenant(
        self,
        id: &TenantId,
        update: &TenantUpdate,
        is_for_good: bool,
        now: UnixMicros,
    ) -> Result<Binding, StoreError> {
        let tx = self.store.begin().await?;
        let binding = self.store.bind_within(&tx, id, update, now).await?;
        match binding {
            Binding::Bound(_) if is_for_good => self.store.commit(tx).await?,
            Binding::Bound(_) | Binding::CustomerTaken(_) | Binding::TenantHolds(_) => {
                tx.rollback().await.map_err(at("take it back"))?;
            }
        }
        Ok(binding)
    }
}

impl Proposals<'_> {
    /// Binds the tenant that a proposal names to the claimed customer, if neither is bound elsewhere. A missing tenant
    /// is created.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is bound.
    pub async fn accept(self, id: i64, now: UnixMicros) -> Result<Decision, StoreError> {
        self.store.retrying(|| self.try_accept_proposal(id, now)).await
    }

    async fn try_accept_proposal(self, id: i64, now: UnixMicros) -> Result<Decision, StoreError> {
        let tx = self.store.begin().await?;
        let Some(proposal) = proposal::find(&tx, id).await? else {
            return Ok(Decision::Unknown);
        };
        if proposal.state != ProposalState::Open {
            return Ok(Decision::Refused(Box::new(proposal)));
        }
        let update = TenantUpdate::binding_to(&proposal.customer);
        let bound = self.store.bind_within(&tx, &proposal.tenant, &update, now).await?;
        let now_so = proposal::find(&tx, id).await?.unwrap_or(proposal);
        match bound {
            // Binding settles the proposals of it.
            Binding::Bound(_) => {
                self.store.commit(tx).await?;
                Ok(Decision::Taken(Box::new(now_so)))
            }
            Binding::CustomerTaken(_) | Binding::TenantHolds(_) => Ok(Decision::Refused(Box::new(now_so))),
        }
    }
}

impl Store {
    /// Binds within a unit of work.
    async fn bind_within(
        &self,
        tx: &impl ConnectionTrait,
        id: &TenantId,
        update: &TenantUpdate,
        now: UnixMicros,
    ) -> Result<Binding, StoreError> {
        let unless_held = |stored: Option<&TenantRecord>| {
            let held = stored.and_then(|stored| stored.stripe_customer_id.as_ref());
            match held.filter(|&held| Some(held) != update.customer()) {
                Some(held) => Err(held.clone()),
                None => Ok(()),
            }
        };
        Ok(match self.tenants().put_within(tx, id, update, unless_held, now).await? {
            Ok(Put::Created(tenant) | Put::Updated(tenant)) => Binding::Bound(tenant),
            Ok(Put::CustomerTaken(other)) => Binding::CustomerTaken(other),
            Err(held) => Binding::TenantHolds(held),
        })
    }
}
