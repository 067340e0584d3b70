//! The audit: a comparison of the stored state with the fold of the facts.

use std::collections::BTreeSet;

use sea_orm::sea_query::IntoCondition;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::Customer;
use subscription::notices::Standing;
use subscription::state::{CustomerState, SubscriptionState};

use crate::customer_record::StoredRecord;
use crate::entity::{customer, subscription as subscription_row};
use crate::error::{at, from_json};
use crate::{CustomerKey, Store, StoreError, customer_record};

/// Everything that is stored about one customer, and its inconsistencies.
#[derive(Clone, Debug)]
pub struct AuditedCustomer {
    /// The customer's key.
    pub key: CustomerKey,
    /// The facts about it.
    pub customer: Customer,
    /// The differences found, a sentence each. Empty if all is well.
    pub differences: Vec<String>,
    /// The objects that another customer's facts tell of too, a sentence each. Stripe never gives an object to another
    /// customer.
    pub told_of_two: Vec<String>,
}

impl Store {
    /// Returns up to `limit` customers with at least one change, in the order of their keys, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn customers(&self, after: Option<&CustomerKey>, limit: u64) -> Result<Vec<CustomerKey>, StoreError> {
        let heard_of = customer::Column::Version.gt(0);
        self.customers_where(heard_of, after, limit).await
    }

    /// The same, for the customers that meet a condition.
    pub(crate) async fn customers_where(
        &self,
        is_so: impl IntoCondition,
        after: Option<&CustomerKey>,
        limit: u64,
    ) -> Result<Vec<CustomerKey>, StoreError> {
        use customer::Column;
        let mut query = customer::Entity::find()
            .filter(is_so)
            .order_by_asc(Column::Id)
            .order_by_asc(Column::Account)
            .order_by_asc(Column::Livemode)
            .limit(limit);
        if let Some(CustomerKey { id, scope }) = after {
            let same_id = Column::Id.eq(id.as_str());
            let same_account = Column::Account.eq(scope.account.as_str());
            let later_account = Condition::all()
                .add(same_id.clone())
                .add(Column::Account.gt(scope.account.as_str()));
            let later_mode = Condition::all()
                .add(same_id)
                .add(same_account)
                .add(Column::Livemode.gt(scope.livemode));
            let later = Condition::any()
                .add(Column::Id.gt(id.as_str()))
                .add(later_account)
                .add(later_mode);
            query = query.filter(later);
        }
        let rows = query.all(&self.reading().await?).await.map_err(at("list the customers"))?;
        let keys = rows
            .into_iter()
            .map(|row| CustomerKey::new(row.id, row.account, row.livemode));
        Ok(keys.collect())
    }

    /// Folds a customer's facts again and compares the result with the stored state, at one instant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit(&self, key: &CustomerKey) -> Result<AuditedCustomer, StoreError> {
        let tx = self.begin_reading().await?;
        let mut records = customer_record::load(&tx, &BTreeSet::from([key.clone()]), &self.terms, None).await?;
        let mut audited = AuditedCustomer {
            key: key.clone(),
            customer: Customer::default(),
            differences: Vec::new(),
            told_of_two: Vec::new(),
        };
        if let Some(StoredRecord {
            record, tenant_state, ..
        }) = records.remove(key)
        {
            let standing = record.standing();
            compare_subscriptions(&tx, key, standing, &mut audited).await?;
            if let Some((tenant, text)) = record.tenant().zip(tenant_state) {
                let stored: CustomerState = from_json("tenant state", &text)?;
                if stored != standing.state {
                    let (stored, folded) = (status_word(&stored), status_word(&standing.state));
                    let differs = format!("tenant {}: stored as {stored}, its facts fold to {folded}", tenant.id);
                    audited.differences.push(differs);
                }
            }
            audited.customer = record.into_known().customer;
        }
        tx.rollback().await.map_err(at("end the audit"))?;
        Ok(audited)
    }
}

async fn compare_subscriptions(
    tx: &impl ConnectionTrait,
    key: &CustomerKey,
    standing: &Standing,
    audited: &mut AuditedCustomer,
) -> Result<(), StoreError> {
    use subscription_row::Column;
    let rows = subscription_row::Entity::find()
        .filter(Column::CustomerId.eq(key.id.as_str()))
        .filter(Column::Account.eq(key.scope.account.as_str()))
        .filter(Column::Livemode.eq(key.scope.livemode))
        .all(tx)
        .await
        .map_err(at("read the subscriptions"))?;
    let mut stored = BTreeSet::new();
    for row in rows {
        let state: SubscriptionState = from_json("subscription", &row.state)?;
        if standing.subscriptions.get(&state.id).map(Box::as_ref) != Some(&state) {
            audited.differences.push(format!(
                "subscription {}: stored as {}, its facts fold to another state",
                state.id, state.status
            ));
        }
        stored.insert(state.id);
    }
    for id in standing.subscriptions.keys().filter(|id| !stored.contains(id)) {
        let other = subscription_row::Entity::find_by_id((id.to_string(), key.scope.account.clone(), key.scope.livemode));
        if let Some(row) = other.one(tx).await.map_err(at("read the subscriptions"))? {
            let told = format!("subscription {id}: was told of {} and of {}", key.id, row.customer_id);
            audited.told_of_two.push(told);
        } else {
            let missing = format!("subscription {id}: its facts are stored, its state is not");
            audited.differences.push(missing);
        }
    }
    Ok(())
}

fn status_word(state: &CustomerState) -> &str {
    state.status().map_or("no subscription", |status| status.as_str())
}
