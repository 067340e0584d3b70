//! Changes of tenants, by people and programs through Dunlin's API.

use std::convert::Infallible;

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QuerySelect};
use subscription::{CustomerId, CustomerState, TenantId};

use crate::contact::write_contacts;
use crate::entity::tenant;
use crate::error::{at, to_json};
use crate::tenant::{new_row, read};
use crate::tenant_customer::{bind, binding_of, customer_of, lock_customer, other_holder};
use crate::{Contact, CustomerKey, Store, StoreError, Tenant, UnixMicros};

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
        let find = || tenant::Entity::find_by_id(id.as_str());
        let (wanted, is_rebound) = update.applied_to(find().one(tx).await.map_err(at("read the tenant"))?, id, now)?;
        let locked = if is_rebound { lock_customer(tx, &wanted).await? } else { None };
        let stored = find().lock_exclusive().one(tx).await.map_err(at("read the tenant"))?;
        if let Err(refusal) = permit(stored.as_ref()) {
            return Ok(Err(refusal));
        }
        let is_new = stored.is_none();
        let (mut row, is_rebound) = update.applied_to(stored, id, now)?;
        if let Some(other) = other_holder(tx, &row).await? {
            return Ok(Ok(Put::CustomerTaken(other)));
        }
        if is_rebound && customer_of(&row) != locked {
            return Err(StoreError::Conflict);
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
            bind(tx, row, &self.terms, &self.cache, now).await?;
        }
        match read(tx, id).await?.map(Box::new) {
            Some(tenant) if is_new => Ok(Ok(Put::Created(tenant))),
            Some(tenant) => Ok(Ok(Put::Updated(tenant))),
            None => Err(at("keep the tenant")(sea_orm::DbErr::RecordNotFound(id.to_string()))),
        }
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

    /// Returns a tenant's row with this update, and true if that changes the tenant's binding.
    fn applied_to(
        &self,
        stored: Option<tenant::Model>,
        id: &TenantId,
        now: UnixMicros,
    ) -> Result<(tenant::Model, bool), StoreError> {
        let before = stored.clone();
        let mut row = stored.map_or_else(|| new_row(id, now), Ok)?;
        self.apply_to(&mut row, now);
        let is_rebound = before.is_none_or(|before| binding_of(&before) != binding_of(&row));
        Ok((row, is_rebound))
    }

    fn apply_to(&self, row: &mut tenant::Model, now: UnixMicros) {
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

async fn write(tx: &impl ConnectionTrait, row: &tenant::Model, is_new: bool) -> Result<(), StoreError> {
    let row = row.clone().into_active_model().reset_all();
    let written = if is_new {
        tenant::Entity::insert(row).exec_without_returning(tx).await.map(drop)
    } else {
        tenant::Entity::update(row).exec(tx).await.map(drop)
    };
    written.map_err(at("write the tenant"))
}
