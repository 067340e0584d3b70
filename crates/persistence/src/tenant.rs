//! Tenants: written by people and programs through Dunlin's API, bound to a Stripe customer, and read.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};
use subscription::{CustomerId, CustomerState, TenantId};

use crate::entity::{contact, tenant};
use crate::error::{at, from_json, to_json};
use crate::rows::is_one_of;
use crate::{CustomerKey, Scope, Store, StoreError, UnixMicros, binding};

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

/// A person of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contact {
    /// The role, which decides their mails.
    pub role: Role,
    /// Their address.
    pub email: String,
    /// Their name; may be empty.
    pub name: String,
}

/// The role of a contact, which decides their mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Payments and invoices.
    Billing,
    /// Everything that no other contact is there for.
    Owner,
    /// The operation of the service.
    Technical,
}

impl Role {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Owner => "owner",
            Self::Technical => "technical",
        }
    }

    fn from_column(word: &str) -> Self {
        match word {
            "billing" => Self::Billing,
            "technical" => Self::Technical,
            _ => Self::Owner,
        }
    }
}

/// A requested change of a tenant. A field that is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantUpdate {
    /// The name. A new tenant without one is named by its id.
    pub name: Option<String>,
    /// The language, as a BCP 47 tag; `en` for a new tenant.
    pub locale: Option<String>,
    /// The time zone, as an IANA name; `UTC` for a new tenant.
    pub timezone: Option<String>,
    /// The customer to bind to. `Some(None)` unbinds.
    pub stripe_customer_id: Option<Option<CustomerId>>,
    /// The Connect account the customer belongs to.
    pub stripe_account: Option<String>,
    /// The mode of the customer. If it is unknown, the first fact about the customer decides.
    pub livemode: Option<bool>,
    /// All contacts.
    pub contacts: Option<Vec<Contact>>,
}

/// The outcome of a [`TenantUpdate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// The tenant was created.
    Created(Box<Tenant>),
    /// The tenant existed.
    Updated(Box<Tenant>),
    /// The customer is bound to this other tenant. The first claim stands, and nothing changed.
    CustomerTaken(TenantId),
}

/// The cause of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A Stripe event.
    Event(subscription::EventId),
    /// A call of Dunlin's API.
    Api,
    /// An answer of Stripe's API.
    Read,
    /// Time alone.
    Time,
    /// A click on the pay link of this invoice.
    Link(subscription::InvoiceId),
}

impl Cause {
    /// Returns the word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Event(_) => "event",
            Self::Api => "api",
            Self::Read => "read",
            Self::Time => "time",
            Self::Link(_) => "link",
        }
    }

    /// Returns the id of the event, or of the link's invoice.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Event(event) => Some(event.as_str()),
            Self::Link(invoice) => Some(invoice.as_str()),
            Self::Api | Self::Read | Self::Time => None,
        }
    }
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
    /// Creates or updates a tenant. Binding it to a customer gives it that customer's state at once.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing has changed.
    pub async fn put_tenant(&self, id: &TenantId, update: &TenantUpdate, now: UnixMicros) -> Result<Put, StoreError> {
        self.retrying(|| self.try_put_tenant(id, update, now)).await
    }

    async fn try_put_tenant(&self, id: &TenantId, update: &TenantUpdate, now: UnixMicros) -> Result<Put, StoreError> {
        let tx = self.begin().await?;
        let whatever = |_: Option<&tenant::Model>| Ok::<(), Infallible>(());
        let Ok(put) = self.put_within(&tx, id, update, whatever, now).await?;
        if let Put::CustomerTaken(_) = put {
            return Ok(put);
        }
        self.commit(tx).await?;
        Ok(put)
    }

    /// Creates or updates a tenant within a unit of work, unless `permit` objects to its present row. If the customer
    /// is taken, or `permit` refuses, nothing is written.
    pub(crate) async fn put_within<Refusal>(
        &self,
        tx: &impl ConnectionTrait,
        id: &TenantId,
        update: &TenantUpdate,
        permit: impl Fn(Option<&tenant::Model>) -> Result<(), Refusal>,
        now: UnixMicros,
    ) -> Result<Result<Put, Refusal>, StoreError> {
        let locked = binding::lock_customer(tx, id, update, now).await?;
        let stored = tenant::Entity::find_by_id(id.as_str())
            .lock_exclusive()
            .one(tx)
            .await
            .map_err(at("read the tenant"))?;
        if let Err(refusal) = permit(stored.as_ref()) {
            return Ok(Err(refusal));
        }
        let is_new = stored.is_none();
        let before = stored.clone();
        let mut row = stored.map_or_else(|| new_row(id, now), Ok)?;
        update.apply_to(&mut row, now);
        if let Some(other) = binding::other_holder(tx, &row).await? {
            return Ok(Ok(Put::CustomerTaken(other)));
        }
        let is_rebound = before.as_ref().is_none_or(|before| binding::of(before) != binding::of(&row));
        if is_rebound && binding::customer_of(&row) != locked {
            return Err(StoreError::Overtaken);
        }
        if is_rebound {
            row.state = to_json("tenant state", &CustomerState::default())?;
            (row.subscription_status, row.stripe_subscription_id, row.trial_end) = (None, None, None);
        }
        write(tx, &row, is_new).await?;
        if let Some(contacts) = &update.contacts {
            write_contacts(tx, id, contacts).await?;
        }
        if is_rebound {
            binding::bind(tx, row, &self.terms, &self.memory, now).await?;
        }
        match find(tx, id).await?.map(Box::new) {
            Some(tenant) if is_new => Ok(Ok(Put::Created(tenant))),
            Some(tenant) => Ok(Ok(Put::Updated(tenant))),
            None => Err(at("keep the tenant")(sea_orm::DbErr::RecordNotFound(id.to_string()))),
        }
    }

    /// Returns the tenant of this id, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        find(&self.reading().await?, id).await
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

impl TenantUpdate {
    pub(crate) fn apply_to(&self, row: &mut tenant::Model, now: UnixMicros) {
        row.updated_at = now.as_micros();
        replace(&mut row.name, self.name.as_ref());
        replace(&mut row.locale, self.locale.as_ref());
        replace(&mut row.timezone, self.timezone.as_ref());
        replace(&mut row.stripe_account, self.stripe_account.as_ref());
        let customer = self
            .stripe_customer_id
            .as_ref()
            .map(|id| id.as_ref().map(ToString::to_string));
        if let Some(customer) = customer.filter(|customer| *customer != row.stripe_customer_id) {
            row.stripe_customer_id = customer;
            row.livemode = None;
        }
        row.livemode = self.livemode.or(row.livemode);
    }
}

fn replace(slot: &mut String, value: Option<&String>) {
    if let Some(value) = value {
        slot.clone_from(value);
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

async fn write(tx: &impl ConnectionTrait, row: &tenant::Model, is_new: bool) -> Result<(), StoreError> {
    let row = row.clone().into_active_model().reset_all();
    let written = if is_new {
        tenant::Entity::insert(row).exec_without_returning(tx).await.map(drop)
    } else {
        tenant::Entity::update(row).exec(tx).await.map(drop)
    };
    written.map_err(at("write the tenant"))
}

async fn write_contacts(tx: &impl ConnectionTrait, id: &TenantId, contacts: &[Contact]) -> Result<(), StoreError> {
    contact::Entity::delete_many()
        .filter(contact::Column::TenantId.eq(id.as_str()))
        .exec(tx)
        .await
        .map_err(at("replace the contacts"))?;
    if contacts.is_empty() {
        return Ok(());
    }
    let rows = contacts.iter().map(|contact| contact::ActiveModel {
        tenant_id: Set(id.to_string()),
        role: Set(contact.role.as_str().to_owned()),
        email: Set(contact.email.clone()),
        name: Set(contact.name.clone()),
    });
    let rows = contact::Entity::insert_many(rows);
    rows.exec_without_returning(tx)
        .await
        .map(drop)
        .map_err(at("write the contacts"))
}

async fn find(db: &impl ConnectionTrait, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
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

impl Contact {
    fn from_row(row: &contact::Model) -> Self {
        Self {
            role: Role::from_column(&row.role),
            email: row.email.clone(),
            name: row.name.clone(),
        }
    }
}
