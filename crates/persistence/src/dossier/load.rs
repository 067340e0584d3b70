//! Loading dossiers, under their customers' locks.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::{Fact, InvoiceId, PaymentMethodId, SubscriptionId, UnixSeconds};

use super::{Dossier, Dossiers};
use crate::entity::{customer, invoice, payment_method, subscription_fact, tenant};
use crate::error::{at, from_json};
use crate::memory::{Known, Memory};
use crate::rows::{self, Writes, is_one_of};
use crate::{CustomerKey, StoreError, Terms};

/// Locks these customers, in the order of their keys, making the rows that are not there, and loads all that is stored
/// about them.
pub(crate) async fn lock(
    tx: &impl ConnectionTrait,
    keys: &BTreeSet<CustomerKey>,
    terms: &Terms,
    memory: &Memory,
) -> Result<Dossiers, StoreError> {
    if keys.is_empty() {
        return Ok(Dossiers::new());
    }
    make_lock_rows(tx, keys.iter().filter(|key| !memory.knows(key))).await?;
    let dossiers = load(tx, keys, terms, Some(memory)).await?;
    if dossiers.len() < keys.len() {
        // A row that was there is gone: another database stands in this one's place. What was remembered of it goes too.
        return Err(StoreError::Overtaken);
    }
    Ok(dossiers)
}

/// Makes the rows by which these customers are locked, where they are not there. A version of 0 says that nothing was heard
/// of the customer yet.
pub(crate) async fn make_lock_rows(tx: &impl ConnectionTrait, keys: impl Iterator<Item = &CustomerKey>) -> Result<(), StoreError> {
    let rows = keys.map(|key| customer::ActiveModel {
        id: Set(key.id.to_string()),
        account: Set(key.scope.account.clone()),
        livemode: Set(key.scope.livemode),
        version: Set(0),
        wake_at: Set(None),
    });
    let made = async {
        let mut writes = Writes::new(tx);
        writes.add(rows.collect(), rows::Known::Keep).await?;
        writes.finish().await
    };
    made.await.map_err(at("make the customers' lock rows"))
}

/// Loads all that is stored about these customers, locking those that are there where the database knows row locks. What is
/// remembered of a customer that has not changed since is not loaded.
pub(crate) async fn load(
    tx: &impl ConnectionTrait,
    keys: &BTreeSet<CustomerKey>,
    terms: &Terms,
    memory: Option<&Memory>,
) -> Result<Dossiers, StoreError> {
    let ids: BTreeSet<&str> = keys.iter().map(|key| key.id.as_str()).collect();
    let mut dossiers = Dossiers::new();
    let locked = customer::Entity::find()
        .filter(is_one_of(tx, customer::Column::Id, &ids))
        .order_by_asc(customer::Column::Id)
        .order_by_asc(customer::Column::Account)
        .order_by_asc(customer::Column::Livemode)
        .lock_exclusive()
        .all(tx)
        .await
        .map_err(at("lock the customers"))?;
    let mut unknown = BTreeSet::new();
    for row in locked {
        let key = CustomerKey::of_row(row.id, row.account, row.livemode);
        if keys.contains(&key) {
            let recalled = memory.and_then(|memory| memory.recall(&key, row.version));
            if recalled.is_none() && row.version > 0 {
                unknown.insert(key.clone());
            }
            let known = recalled.unwrap_or_else(Known::nothing);
            dossiers.insert(key, Dossier::new(row.version, row.wake_at.map(UnixSeconds::new), known));
        }
    }
    load_facts(tx, &unknown, &mut dossiers).await?;
    load_tenants(tx, &ids, &mut dossiers).await?;
    for key in &unknown {
        if let Some(dossier) = dossiers.get_mut(key) {
            dossier.standing = dossier.customer.standing_under(&terms.policy);
        }
    }
    Ok(dossiers)
}

/// Loads the facts about these customers, of which nothing is in their dossiers yet.
async fn load_facts(tx: &impl ConnectionTrait, unknown: &BTreeSet<CustomerKey>, dossiers: &mut Dossiers) -> Result<(), StoreError> {
    if unknown.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<&str> = unknown.iter().map(|key| key.id.as_str()).collect();
    let facts = subscription_fact::Entity::find()
        .filter(is_one_of(tx, subscription_fact::Column::CustomerId, &ids))
        .all(tx)
        .await
        .map_err(at("load the facts"))?;
    for row in facts {
        if let Some(dossier) = unknown_dossier(dossiers, unknown, row.customer_id, row.account, row.livemode) {
            let fact = from_json("subscription fact", &row.fact)?;
            let id = SubscriptionId::new(row.subscription_id);
            dossier.customer.learn(Fact::Subscription { id, fact });
        }
    }
    let invoices = invoice::Entity::find()
        .filter(is_one_of(tx, invoice::Column::CustomerId, &ids))
        .all(tx)
        .await
        .map_err(at("load the invoices"))?;
    for row in invoices {
        if let Some(dossier) = unknown_dossier(dossiers, unknown, row.customer_id, row.account, row.livemode) {
            let invoice = from_json("invoice", &row.state)?;
            dossier.customer.learn_invoice(InvoiceId::new(row.id), invoice);
        }
    }
    let cards = payment_method::Entity::find()
        .filter(is_one_of(tx, payment_method::Column::CustomerId, &ids))
        .all(tx)
        .await
        .map_err(at("load the payment methods"))?;
    for row in cards {
        if let Some(dossier) = unknown_dossier(dossiers, unknown, row.customer_id, row.account, row.livemode) {
            let card = from_json("payment method", &row.state)?;
            dossier.customer.learn_card(PaymentMethodId::new(row.id), card);
        }
    }
    Ok(())
}

/// The dossier that a row is to be added to, if it is one that nothing is in yet.
fn unknown_dossier<'a>(
    dossiers: &'a mut Dossiers,
    unknown: &BTreeSet<CustomerKey>,
    id: String,
    account: String,
    livemode: bool,
) -> Option<&'a mut Dossier> {
    let key = CustomerKey::of_row(id, account, livemode);
    unknown.get(&key).and_then(|key| dossiers.get_mut(key))
}

/// A tenant that was bound without a mode belongs to the customer of whichever mode is there; if both are, to the live one.
async fn load_tenants(tx: &impl ConnectionTrait, ids: &BTreeSet<&str>, dossiers: &mut Dossiers) -> Result<(), StoreError> {
    let tenants = tenant::Entity::find()
        .filter(is_one_of(tx, tenant::Column::StripeCustomerId, ids))
        .order_by_asc(tenant::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
        .map_err(at("load the tenants"))?;
    for row in tenants {
        let Some(id) = row.stripe_customer_id.clone() else {
            continue;
        };
        let modes = row.livemode.map_or(vec![true, false], |mode| vec![mode]);
        let keys = modes
            .into_iter()
            .map(|mode| CustomerKey::of_row(id.clone(), row.stripe_account.clone(), mode));
        let present = keys.into_iter().find(|key| dossiers.contains_key(key));
        if let Some(dossier) = present.and_then(|key| dossiers.get_mut(&key)) {
            dossier.tenant = Some(row);
        }
    }
    Ok(())
}
