//! Tenants as they are read: with their contacts and the state of their Stripe customer.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::{CustomerId, CustomerState, TenantId};

use crate::entity::{contact, tenant};
use crate::error::{at, from_json, to_json};
use crate::rows::is_one_of;
use crate::{Contact, CustomerKey, Scope, Store, StoreError, UnixMicros};

/// A tenant with its read model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The SaaS's own id.
    pub id: TenantId,
    /// The name people know it by.
    pub name: String,
    /// The language, as a BCP 47 tag.
    pub locale: String,
    /// The time zone, as an IANA name.
    pub timezone: String,
    /// The Connect account of its customer, or empty for one's own.
    pub stripe_account: String,
    /// The Stripe customer that it is bound to.
    pub stripe_customer_id: Option<CustomerId>,
    /// The mode of its customer, or `None` until a fact about the customer arrives.
    pub livemode: Option<bool>,
    /// The fold of its customer's facts.
    pub state: CustomerState,
    /// The number of changes of its customer.
    pub version: i64,
    /// The time when it was created.
    pub created_at: UnixMicros,
    /// The time when it or its state last changed.
    pub updated_at: UnixMicros,
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
        Some(CustomerKey {
            id: self.stripe_customer_id.clone()?,
            scope: Scope {
                account: self.stripe_account.clone(),
                livemode: self.livemode?,
            },
        })
    }
}

impl Store {
    /// Returns the tenant of this id, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        read(&self.reading().await?, id).await
    }

    /// Returns the states of those of these tenants that exist, in one query, without their contacts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tenant_states(&self, ids: &BTreeSet<&TenantId>) -> Result<BTreeMap<TenantId, TenantState>, StoreError> {
        use tenant::Column;
        let reading = self.reading().await?;
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
    pub async fn tenants(&self, status: Option<&str>, after: Option<&str>, limit: u64) -> Result<Vec<Tenant>, StoreError> {
        let mut query = tenant::Entity::find().order_by_asc(tenant::Column::Id).limit(limit);
        if let Some(status) = status {
            query = query.filter(tenant::Column::SubscriptionStatus.eq(status));
        }
        if let Some(after) = after {
            query = query.filter(tenant::Column::Id.gt(after));
        }
        let reading = self.reading().await?;
        let rows = query.all(&reading).await.map_err(at("list the tenants"))?;
        with_contacts(&reading, rows).await
    }
}

/// Makes the row of a tenant of which only the id is known.
pub(crate) fn new_row(id: &TenantId, now: UnixMicros) -> Result<tenant::Model, StoreError> {
    Ok(tenant::Model {
        id: id.to_string(),
        name: id.to_string(),
        locale: "en".to_owned(),
        timezone: "UTC".to_owned(),
        stripe_account: String::new(),
        stripe_customer_id: None,
        livemode: None,
        subscription_status: None,
        stripe_subscription_id: None,
        trial_end: None,
        state: to_json("tenant state", &CustomerState::default())?,
        version: 0,
        created_at: now.as_micros(),
        updated_at: now.as_micros(),
    })
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
        let Ok(id) = TenantId::parse(&row.id) else {
            continue;
        };
        let mine = contacts.iter().filter(|contact| contact.tenant_id == row.id);
        tenants.push(Tenant {
            contacts: mine.map(Contact::from_row).collect(),
            id,
            state: from_json("tenant state", &row.state)?,
            name: row.name,
            locale: row.locale,
            timezone: row.timezone,
            stripe_account: row.stripe_account,
            stripe_customer_id: row.stripe_customer_id.map(CustomerId::new),
            livemode: row.livemode,
            version: row.version,
            created_at: UnixMicros::new(row.created_at),
            updated_at: UnixMicros::new(row.updated_at),
        });
    }
    Ok(tenants)
}
