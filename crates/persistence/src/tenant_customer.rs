//! The customer of a tenant: the lock to take before the tenant is bound, and the state that the tenant gets.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::TenantId;

use crate::cache::CustomerCache;
use crate::entity::{customer, tenant};
use crate::error::at;
use crate::rows::Writes;
use crate::{Cause, CustomerKey, StoreError, Terms, UnixMicros, customer_record, proposal};

/// Returns a tenant's binding: the customer's id, its account and its mode.
pub(crate) fn binding_of(row: &tenant::Model) -> (Option<&str>, &str, Option<bool>) {
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
pub(crate) async fn lock_customer(tx: &impl ConnectionTrait, row: &tenant::Model) -> Result<Option<(String, String)>, StoreError> {
    let Some((customer, account)) = customer_of(row) else {
        return Ok(None);
    };
    let modes = row.livemode.map_or(vec![false, true], |mode| vec![mode]);
    let keys = modes
        .into_iter()
        .map(|livemode| CustomerKey::of_row(customer.as_str(), account.clone(), livemode));
    let keys: BTreeSet<CustomerKey> = keys.collect();
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
    cache: &CustomerCache,
    now: UnixMicros,
) -> Result<(), StoreError> {
    proposal::settle_by_binding(tx, &row, now).await?;
    let Some(key) = known_customer(tx, &row).await? else {
        return Ok(());
    };
    let mut records = customer_record::lock(tx, &BTreeSet::from([key.clone()]), terms, cache).await?;
    if let Some(record) = records.get_mut(&key) {
        record.bind(&key, row, &Cause::Api, terms, now)?;
    }
    customer_record::save(Writes::new(tx), &mut records, now).await
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
