//! The customer of a tenant: the lock to take before the tenant is bound, and the state that the tenant gets.

use std::collections::BTreeSet;

use ledger::{Cause, CustomerKey, TenantRecord, Terms, UnixMicros};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::{CustomerId, TenantId};

use crate::cache::CustomerCache;
use crate::entity::{customer, tenant};
use crate::error::at;
use crate::rows::Writes;
use crate::{StoreError, customer_record, proposal};

/// Returns the id and the account of the customer that a tenant is bound to.
pub(crate) fn customer_of(tenant: &TenantRecord) -> Option<(CustomerId, String)> {
    let (id, account) = tenant.customer()?;
    Some((id.clone(), account.to_owned()))
}

/// Locks the customer that the tenant will be bound to, before the tenant, in the same order as deliveries. A fact that
/// is being learned right now is visible afterwards, and a later one finds the tenant. An unknown customer gets its
/// lock row here.
pub(crate) async fn lock_customer(
    tx: &impl ConnectionTrait,
    tenant: &TenantRecord,
) -> Result<Option<(CustomerId, String)>, StoreError> {
    let Some((customer, account)) = customer_of(tenant) else {
        return Ok(None);
    };
    let keys: BTreeSet<CustomerKey> = tenant.customer_keys().collect();
    customer_record::make_lock_rows(tx, keys.iter()).await?;
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
pub(crate) async fn other_holder(tx: &impl ConnectionTrait, tenant: &TenantRecord) -> Result<Option<TenantId>, StoreError> {
    let Some((customer, account)) = tenant.customer() else {
        return Ok(None);
    };
    let holder = tenant::Entity::find()
        .filter(tenant::Column::StripeCustomerId.eq(customer.as_str()))
        .filter(tenant::Column::StripeAccount.eq(account))
        .filter(tenant::Column::Id.ne(tenant.id.as_str()))
        .one(tx)
        .await
        .map_err(at("look for the customer's tenant"))?;
    Ok(holder.and_then(|holder| TenantId::parse(&holder.id).ok()))
}

/// Gives a tenant the known state of its new customer.
pub(crate) async fn bind(
    tx: &impl ConnectionTrait,
    tenant: TenantRecord,
    terms: &Terms,
    cache: &CustomerCache,
    now: UnixMicros,
) -> Result<(), StoreError> {
    proposal::settle_by_binding(tx, &tenant, now).await?;
    let Some(key) = known_customer(tx, &tenant).await? else {
        return Ok(());
    };
    let mut records = customer_record::lock(tx, &BTreeSet::from([key.clone()]), terms, cache).await?;
    if let Some(stored) = records.get_mut(&key) {
        stored.record.bind(&key, tenant, &Cause::Api, terms, now);
    }
    customer_record::save(Writes::new(tx), &mut records, now).await
}

/// Returns the customer that a tenant names, if any fact about it is known. Of two modes it prefers the live one.
async fn known_customer(tx: &impl ConnectionTrait, tenant: &TenantRecord) -> Result<Option<CustomerKey>, StoreError> {
    let Some((id, account)) = tenant.customer() else {
        return Ok(None);
    };
    let known = customer::Entity::find()
        .filter(customer::Column::Id.eq(id.as_str()))
        .filter(customer::Column::Account.eq(account))
        .filter(customer::Column::Version.gt(0))
        .all(tx)
        .await
        .map_err(at("look for the customer"))?;
    let known: BTreeSet<CustomerKey> = known
        .into_iter()
        .map(|row| CustomerKey::new(row.id, row.account, row.livemode))
        .collect();
    Ok(tenant.customer_keys().find(|key| known.contains(key)))
}
