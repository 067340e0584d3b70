//! Tenants as they are read: with their contacts and the state of their Stripe customer.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Contact, CustomerKey, Scope, TenantRecord, UnixMicros};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, NotSet, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::state::CustomerState;
use subscription::{CustomerId, TenantId, UnixSeconds};

use crate::contact::contact_of;
use crate::entity::{contact, tenant};
use crate::error::{at, from_json};
use crate::rows::is_one_of;
use crate::{StoreError, Tenants};

/// A tenant as it is read: with its read model and its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The tenant.
    pub record: TenantRecord,
    /// The fold of its customer's facts.
    pub state: CustomerState,
    /// The people to write to.
    pub contacts: Vec<Contact>,
}

/// The state of a tenant, without its other attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantState {
    /// The SaaS's own id.
    pub id: TenantId,
    /// The account and mode of its customer, or `None` until one is bound and known.
    pub scope: Option<Scope>,
    /// The fold of its customer's facts.
    pub state: CustomerState,
    /// A number that grows whenever the state changes.
    pub version: i64,
}

impl Tenant {
    /// Returns the customer that it is bound to, once a fact about it has arrived.
    pub fn customer(&self) -> Option<CustomerKey> {
        let (id, account) = self.record.customer()?;
        Some(CustomerKey::new(id.as_str(), account, self.record.livemode?))
    }
}

impl Tenants<'_> {
    /// Returns the tenant of this id, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get(self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        read(&self.store.reading().await?, id).await
    }

    /// Returns the states of those of these tenants that exist, in one query, without their contacts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn states(self, ids: &BTreeSet<&TenantId>) -> Result<BTreeMap<TenantId, TenantState>, StoreError> {
        use tenant::Column;
        let reading = self.store.reading().await?;
        let ids = ids.iter().map(|id| id.as_str()).collect();
        let rows: Vec<(String, String, Option<bool>, String, i64)> = tenant::Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::StripeAccount,
                Column::Livemode,
                Column::State,
                Column::Version,
            ])
            .filter(is_one_of(&reading, Column::Id, &ids))
            .into_tuple()
            .all(&reading)
            .await
            .map_err(at("read the tenants"))?;
        let mut states = BTreeMap::new();
        for (id, account, livemode, state, version) in rows {
            if let Ok(id) = TenantId::parse(&id) {
                let told = TenantState {
                    id: id.clone(),
                    scope: livemode.map(|livemode| Scope { account, livemode }),
                    state: from_json("tenant state", &state)?,
                    version,
                };
                states.insert(id, told);
            }
        }
        Ok(states)
    }

    /// Lists tenants in the order of their ids, after `after`, at most `limit`. A status restricts the list to the
    /// tenants with that status.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(self, status: Option<&str>, after: Option<&str>, limit: u64) -> Result<Vec<Tenant>, StoreError> {
        let mut query = tenant::Entity::find().order_by_asc(tenant::Column::Id).limit(limit);
        if let Some(status) = status {
            query = query.filter(tenant::Column::SubscriptionStatus.eq(status));
        }
        if let Some(after) = after {
            query = query.filter(tenant::Column::Id.gt(after));
        }
        let reading = self.store.reading().await?;
        let rows = query.all(&reading).await.map_err(at("list the tenants"))?;
        with_contacts(&reading, rows).await
    }
}

pub(crate) async fn read(db: &impl ConnectionTrait, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
    let row = tenant::Entity::find_by_id(id.as_str())
        .one(db)
        .await
        .map_err(at("read the tenant"))?;
    Ok(with_contacts(db, row.into_iter().collect()).await?.pop())
}

pub(crate) async fn with_contacts(db: &impl ConnectionTrait, rows: Vec<tenant::Model>) -> Result<Vec<Tenant>, StoreError> {
    let contacts = contact::Entity::find()
        .filter(contact::Column::TenantId.is_in(rows.iter().map(|row| row.id.as_str())))
        .order_by_asc(contact::Column::Role)
        .order_by_asc(contact::Column::Email)
        .all(db)
        .await
        .map_err(at("read the contacts"))?;
    let mut tenants = Vec::with_capacity(rows.len());
    for row in rows {
        let mine = contacts.iter().filter(|contact| contact.tenant_id == row.id);
        let contacts = mine.map(contact_of).collect();
        let state = from_json("tenant state", &row.state)?;
        if let Some(record) = tenant_of(row) {
            tenants.push(Tenant { record, state, contacts });
        }
    }
    Ok(tenants)
}

/// Returns the tenant of a row, without its read model. Returns `None` for a row that no version ever wrote.
pub(crate) fn tenant_of(row: tenant::Model) -> Option<TenantRecord> {
    Some(TenantRecord {
        id: TenantId::parse(&row.id).ok()?,
        name: row.name,
        locale: row.locale,
        timezone: row.timezone,
        stripe_account: row.stripe_account,
        stripe_customer_id: row.stripe_customer_id.map(CustomerId::new),
        livemode: row.livemode,
        version: row.version,
        created_at: UnixMicros::new(row.created_at),
        updated_at: UnixMicros::new(row.updated_at),
    })
}

/// Makes the row of a tenant, without the columns of its read model.
pub(crate) fn tenant_row(tenant: TenantRecord) -> tenant::ActiveModel {
    tenant::ActiveModel {
        id: Set(tenant.id.to_string()),
        name: Set(tenant.name),
        locale: Set(tenant.locale),
        timezone: Set(tenant.timezone),
        stripe_account: Set(tenant.stripe_account),
        stripe_customer_id: Set(tenant.stripe_customer_id.map(|id| id.to_string())),
        livemode: Set(tenant.livemode),
        version: Set(tenant.version),
        created_at: Set(tenant.created_at.as_micros()),
        updated_at: Set(tenant.updated_at.as_micros()),
        subscription_status: NotSet,
        stripe_subscription_id: NotSet,
        trial_end: NotSet,
        state: NotSet,
    }
}

/// Makes the row of a tenant with its read model. `text` is the state, serialized.
pub(crate) fn told_row(tenant: TenantRecord, state: &CustomerState, text: String) -> tenant::ActiveModel {
    let subscription = state.subscription.as_ref();
    let trial_end = subscription.and_then(|subscription| subscription.trial_end);
    tenant::ActiveModel {
        subscription_status: Set(subscription.map(|subscription| subscription.status.to_string())),
        stripe_subscription_id: Set(subscription.map(|subscription| subscription.id.to_string())),
        trial_end: Set(trial_end.map(UnixSeconds::as_secs)),
        state: Set(text),
        ..tenant_row(tenant)
    }
}
