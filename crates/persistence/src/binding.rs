//! Binding: a tenant gets a Stripe customer, and with it that customer's state.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::{CustomerId, TenantId};

use crate::entity::{customer, tenant};
use crate::error::at;
use crate::memory::Memory;
use crate::proposal;
use crate::rows::Writes;
use crate::tenant::{Put, TenantUpdate, new_row};
use crate::{Cause, CustomerKey, Store, StoreError, Tenant, Terms, UnixMicros, dossier};

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

impl Store {
    /// Binds a tenant that has no other customer to a customer that has no other tenant. The first claim stands, on
    /// both sides. A missing tenant is created.
    ///
    /// Unlike [`Store::put_tenant`] this never takes a customer away.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing has changed.
    pub async fn bind_tenant(&self, id: &TenantId, customer: &CustomerKey, now: UnixMicros) -> Result<Binding, StoreError> {
        let update = TenantUpdate::binding_to(customer);
        self.retrying(|| self.try_bind_tenant(id, &update, true, now)).await
    }

    /// Returns the outcome that a binding would have, and writes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn would_bind_tenant(&self, id: &TenantId, customer: &CustomerKey, now: UnixMicros) -> Result<Binding, StoreError> {
        let update = TenantUpdate::binding_to(customer);
        self.retrying(|| self.try_bind_tenant(id, &update, false, now)).await
    }

    async fn try_bind_tenant(
        &self,
        id: &TenantId,
        update: &TenantUpdate,
        is_for_good: bool,
        now: UnixMicros,
    ) -> Result<Binding, StoreError> {
        let tx = self.begin().await?;
        let binding = self.bind_within(&tx, id, update, now).await?;
        match binding {
            Binding::Bound(_) if is_for_good => self.commit(tx).await?,
            Binding::Bound(_) | Binding::CustomerTaken(_) | Binding::TenantHolds(_) => {
                tx.rollback().await.map_err(at("take it back"))?;
            }
        }
        Ok(binding)
    }

    /// Binds within a unit of work.
    pub(crate) async fn bind_within(
        &self,
        tx: &impl ConnectionTrait,
        id: &TenantId,
        update: &TenantUpdate,
        now: UnixMicros,
    ) -> Result<Binding, StoreError> {
        let wanted = update.stripe_customer_id.as_ref().and_then(Option::as_ref);
        let unless_held = |stored: Option<&tenant::Model>| {
            let held = stored.and_then(|stored| stored.stripe_customer_id.as_deref());
            match held.filter(|held| Some(*held) != wanted.map(CustomerId::as_str)) {
                Some(held) => Err(CustomerId::new(held)),
                None => Ok(()),
            }
        };
        Ok(match self.put_within(tx, id, update, unless_held, now).await? {
            Ok(Put::Created(tenant) | Put::Updated(tenant)) => Binding::Bound(tenant),
            Ok(Put::CustomerTaken(other)) => Binding::CustomerTaken(other),
            Err(held) => Binding::TenantHolds(held),
        })
    }
}

impl TenantUpdate {
    /// Makes the update that binds a tenant to this customer.
    pub(crate) fn binding_to(customer: &CustomerKey) -> Self {
        Self {
            stripe_customer_id: Some(Some(customer.id.clone())),
            stripe_account: Some(customer.scope.account.clone()),
            livemode: Some(customer.scope.livemode),
            ..Self::default()
        }
    }
}

/// Returns a tenant's binding: the customer's id, its account and its mode.
pub(crate) fn of(row: &tenant::Model) -> (Option<&str>, &str, Option<bool>) {
    (row.stripe_customer_id.as_deref(), &row.stripe_account, row.livemode)
}

/// Returns the id and the account of the customer that a tenant is bound to.
pub(crate) fn customer_of(row: &tenant::Model) -> Option<(String, String)> {
    let id = row.stripe_customer_id.clone()?;
    Some((id, row.stripe_account.clone()))
}

/// Locks the customer that the tenant will be bound to, before the tenant, in the same order as deliveries. A fact that
/// is being learned right now is visible afterwards, and a later one finds the tenant. An unknown customer gets its
/// lock row here.
pub(crate) async fn lock_customer(
    tx: &impl ConnectionTrait,
    id: &TenantId,
    update: &TenantUpdate,
    now: UnixMicros,
) -> Result<Option<(String, String)>, StoreError> {
    let stored = tenant::Entity::find_by_id(id.as_str())
        .one(tx)
        .await
        .map_err(at("read the tenant"))?;
    let before = stored.clone();
    let mut row = stored.map_or_else(|| new_row(id, now), Ok)?;
    update.apply_to(&mut row, now);
    if before.is_some_and(|before| of(&before) == of(&row)) {
        return Ok(None);
    }
    let Some((customer, account)) = customer_of(&row) else {
        return Ok(None);
    };
    let modes = row.livemode.map_or(vec![false, true], |mode| vec![mode]);
    let keys = modes
        .into_iter()
        .map(|livemode| CustomerKey::of_row(customer.as_str(), account.clone(), livemode));
    let keys: BTreeSet<CustomerKey> = keys.collect();
    dossier::make_lock_rows(tx, keys.iter()).await?;
    customer::Entity::find()
        .filter(customer::Column::Id.eq(customer.as_str()))
        .filter(customer::Column::Account.eq(account.as_str()))
        .order_by_asc(customer::Column::Livemode)
        .lock_exclusive()
        .all(tx)
        .await
        .map_err(at("lock the customer"))?;
    Ok(Some((customer, account)))
}

/// Returns the other tenant that holds the customer this one asks for.
pub(crate) async fn other_holder(tx: &impl ConnectionTrait, row: &tenant::Model) -> Result<Option<TenantId>, StoreError> {
    let Some(customer) = &row.stripe_customer_id else {
        return Ok(None);
    };
    let holder = tenant::Entity::find()
        .filter(tenant::Column::StripeCustomerId.eq(customer.as_str()))
        .filter(tenant::Column::StripeAccount.eq(row.stripe_account.as_str()))
        .filter(tenant::Column::Id.ne(row.id.as_str()))
        .one(tx)
        .await
        .map_err(at("look for the customer's tenant"))?;
    Ok(holder.and_then(|holder| TenantId::parse(&holder.id).ok()))
}

/// Gives a tenant the known state of its new customer.
pub(crate) async fn bind(
    tx: &impl ConnectionTrait,
    row: tenant::Model,
    terms: &Terms,
    memory: &Memory,
    now: UnixMicros,
) -> Result<(), StoreError> {
    proposal::settle_by_binding(tx, &row, now).await?;
    let Some(key) = known_customer(tx, &row).await? else {
        return Ok(());
    };
    let mut dossiers = dossier::lock(tx, &BTreeSet::from([key.clone()]), terms, memory).await?;
    if let Some(dossier) = dossiers.get_mut(&key) {
        dossier.bind(&key, row, &Cause::Api, terms, now)?;
    }
    dossier::save(Writes::new(tx), &mut dossiers, now).await
}

/// Returns the customer that a tenant names, if any fact about it is known. Of two modes it prefers the live one.
async fn known_customer(tx: &impl ConnectionTrait, row: &tenant::Model) -> Result<Option<CustomerKey>, StoreError> {
    let Some(id) = &row.stripe_customer_id else {
        return Ok(None);
    };
    let known = customer::Entity::find()
        .filter(customer::Column::Id.eq(id.as_str()))
        .filter(customer::Column::Account.eq(row.stripe_account.as_str()))
        .filter(customer::Column::Version.gt(0))
        .order_by_desc(customer::Column::Livemode)
        .all(tx)
        .await
        .map_err(at("look for the customer"))?;
    let known = known
        .into_iter()
        .find(|customer| row.livemode.is_none_or(|mode| mode == customer.livemode));
    Ok(known.map(|customer| CustomerKey::of_row(customer.id, customer.account, customer.livemode)))
}
