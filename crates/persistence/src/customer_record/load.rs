//! The loading of records, under their customers' locks.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{CustomerKey, CustomerRecord, Terms};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::facts::Fact;
use subscription::{InvoiceId, PaymentMethodId, SubscriptionId, UnixSeconds};

use super::own::OwnState;
use super::{CustomerRecords, StoredRecord};
use crate::StoreError;
use crate::cache::{CustomerCache, ServerRun};
use crate::entity::{customer, invoice, payment_method, subscription_fact, tenant};
use crate::error::{at, from_json};
use crate::rows::{self, Writes, is_one_of};
use crate::rules::RULES;
use crate::tenant::tenant_of;

/// Locks these customers in the order of their keys, creating missing rows, and loads everything stored about them.
pub(crate) async fn lock(
    tx: &impl ConnectionTrait,
    keys: &BTreeSet<CustomerKey>,
    terms: &Terms,
    cache: &CustomerCache,
) -> Result<CustomerRecords, StoreError> {
    if keys.is_empty() {
        return Ok(CustomerRecords::new());
    }
    make_lock_rows(tx, keys.iter().filter(|key| !cache.knows(key))).await?;
    let records = load(tx, keys, terms, Some(cache)).await?;
    if records.len() < keys.len() {
        // A row that existed is gone, so another database has taken this one's place. The cache of it goes too.
        return Err(StoreError::Conflict);
    }
    Ok(records)
}

/// Returns the customers of whom a fact speaks of a time that the cache has only summed up.
pub(crate) fn summed_up<'a>(
    records: &CustomerRecords,
    told: impl Iterator<Item = (&'a CustomerKey, &'a [Fact])>,
) -> BTreeSet<CustomerKey> {
    let is_summed_up = |(key, facts): &(&CustomerKey, &[Fact])| {
        let customer = records.get(*key).map(|stored| stored.record.customer());
        customer.is_some_and(|customer| facts.iter().any(|fact| customer.reaches_into_baseline(fact)))
    };
    told.filter(is_summed_up).map(|(key, _)| key.clone()).collect()
}

/// Loads these locked customers again, in full and without the cache.
pub(crate) async fn load_in_full(
    tx: &impl ConnectionTrait,
    keys: &BTreeSet<CustomerKey>,
    terms: &Terms,
    records: &mut CustomerRecords,
) -> Result<(), StoreError> {
    if !keys.is_empty() {
        records.extend(load(tx, keys, terms, None).await?);
    }
    Ok(())
}

/// Creates the missing lock rows of these customers. A version of 0 means that nothing is known of the customer yet.
pub(crate) async fn make_lock_rows(tx: &impl ConnectionTrait, keys: impl Iterator<Item = &CustomerKey>) -> Result<(), StoreError> {
    let rows = keys.map(|key| customer::ActiveModel {
        id: Set(key.id.to_string()),
        account: Set(key.scope.account.clone()),
        livemode: Set(key.scope.livemode),
        version: Set(0),
        wake_at: Set(None),
        marked_from: Set(0),
        marked_through: Set(0),
        state: Set(None),
        folded_by: Set(RULES),
    });
    let made = async {
        let mut writes = Writes::new(tx);
        writes.add(rows.collect(), rows::Existing::Keep)?;
        writes.finish().await
    };
    made.await.map_err(at("make the customers' lock rows"))
}

/// Loads everything stored about these customers, and locks the existing rows where the database has row locks. For a
/// cached customer it loads only what was written since.
pub(crate) async fn load(
    tx: &impl ConnectionTrait,
    keys: &BTreeSet<CustomerKey>,
    terms: &Terms,
    cache: Option<&CustomerCache>,
) -> Result<CustomerRecords, StoreError> {
    let ids: BTreeSet<&str> = keys.iter().map(|key| key.id.as_str()).collect();
    let mut records = CustomerRecords::new();
    let locked = customer::Entity::find()
        .expr_as(server_run(tx), "server")
        .filter(is_one_of(tx, customer::Column::Id, &ids))
        .order_by_asc(customer::Column::Id)
        .order_by_asc(customer::Column::Account)
        .order_by_asc(customer::Column::Livemode)
        .lock_exclusive()
        .into_model::<Locked>()
        .all(tx)
        .await
        .map_err(at("lock the customers"))?;
    let mut behind = Behind::new();
    for Locked { row, server } in locked {
        let key = CustomerKey::new(row.id.clone(), row.account.clone(), row.livemode);
        if keys.contains(&key) {
            let changes = row.marked_from()..=row.version;
            let recalled = cache.and_then(|cache| cache.recall(&key, server, changes));
            let is_cached = recalled.as_ref().is_some_and(|known| known.version == row.version);
            let known = recalled.unwrap_or_default();
            let known_version = known.version;
            let wake_at = row.wake_at.map(UnixSeconds::new);
            let mut record = CustomerRecord::new(known, row.version, wake_at);
            if known_version < row.version {
                OwnState::of(&row)?.tell(record.load());
                behind.insert(key.clone(), known_version);
            }
            let stored = StoredRecord {
                record,
                server,
                marked_from: row.marked_from(),
                is_cached,
                tenant_state: None,
            };
            records.insert(key, stored);
        }
    }
    let summed_up = load_facts(tx, &behind, &mut records).await?;
    load_tenants(tx, &ids, &mut records).await?;
    for key in behind.keys() {
        if let Some(stored) = records.get_mut(key) {
            stored.record.loaded(terms);
        }
    }
    Box::pin(load_in_full(tx, &summed_up, terms, &mut records)).await?;
    Ok(records)
}

/// A customer's row, and the server run that returned it.
#[derive(FromQueryResult)]
struct Locked {
    #[sea_orm(nested)]
    row: customer::Model,
    server: ServerRun,
}

fn server_run(tx: &impl ConnectionTrait) -> SimpleExpr {
    match tx.get_database_backend() {
        DbBackend::Postgres => Expr::cust("(date_part('epoch', pg_postmaster_start_time()) * 1000000)::bigint"),
        _ => Expr::value(0_i64),
    }
}

/// Customers that are not fully known, each with the last change that is known, or 0 if none is.
type Behind = BTreeMap<CustomerKey, i64>;

/// Loads the rows that later changes wrote for these customers. Returns the cached customers of whom another instance
/// wrote a fact of a time that the cache has only summed up.
async fn load_facts(
    tx: &impl ConnectionTrait,
    behind: &Behind,
    records: &mut CustomerRecords,
) -> Result<BTreeSet<CustomerKey>, StoreError> {
    let mut summed_up = BTreeSet::new();
    if behind.is_empty() {
        return Ok(summed_up);
    }
    let facts = rows::later_than::<subscription_fact::Entity>(tx, subscription_fact::Column::CustomerId, behind)
        .await
        .map_err(at("load the facts"))?;
    for row in facts {
        let key = CustomerKey::new(row.customer_id, row.account, row.livemode);
        if let Some(record) = told_of(records, behind, &key, row.version) {
            let fact = from_json("subscription fact", &row.fact)?;
            let id = SubscriptionId::new(row.subscription_id);
            let fact = Fact::Subscription { id, fact };
            if behind.get(&key) > Some(&0) && record.customer().reaches_into_baseline(&fact) {
                summed_up.insert(key);
            }
            record.load().learn(fact);
        }
    }
    let invoices = rows::later_than::<invoice::Entity>(tx, invoice::Column::CustomerId, behind)
        .await
        .map_err(at("load the invoices"))?;
    for row in invoices {
        let key = CustomerKey::new(row.customer_id, row.account, row.livemode);
        if let Some(record) = told_of(records, behind, &key, row.version) {
            let invoice = from_json("invoice", &row.state)?;
            record.load().learn_invoice(InvoiceId::new(row.id), invoice);
        }
    }
    let cards = rows::later_than::<payment_method::Entity>(tx, payment_method::Column::CustomerId, behind)
        .await
        .map_err(at("load the payment methods"))?;
    for row in cards {
        let key = CustomerKey::new(row.customer_id, row.account, row.livemode);
        if let Some(record) = told_of(records, behind, &key, row.version) {
            let card = from_json("payment method", &row.state)?;
            record.load().learn_card(PaymentMethodId::new(row.id), card);
        }
    }
    Ok(summed_up)
}

/// Returns the record that a row of this version is to be added to, unless it already holds the row.
fn told_of<'a>(
    records: &'a mut CustomerRecords,
    behind: &Behind,
    key: &CustomerKey,
    version: i64,
) -> Option<&'a mut CustomerRecord> {
    let is_new = behind.get(key).is_some_and(|&known| version > known);
    records.get_mut(key).filter(|_| is_new).map(|stored| &mut stored.record)
}

/// Loads the tenants of these customers. A tenant that was bound without a mode belongs to the customer of the mode
/// that exists, and to the live one if both do.
async fn load_tenants(tx: &impl ConnectionTrait, ids: &BTreeSet<&str>, records: &mut CustomerRecords) -> Result<(), StoreError> {
    let tenants = tenant::Entity::find()
        .filter(is_one_of(tx, tenant::Column::StripeCustomerId, ids))
        .order_by_asc(tenant::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
        .map_err(at("load the tenants"))?;
    for mut row in tenants {
        let state = std::mem::take(&mut row.state);
        let Some(tenant) = tenant_of(row) else {
            continue;
        };
        let present = tenant.customer_keys().find(|key| records.contains_key(key));
        if let Some(stored) = present.and_then(|key| records.get_mut(&key)) {
            stored.record.hold(tenant);
            stored.tenant_state = Some(state);
        }
    }
    Ok(())
}
