//! Changes of tenants, by people and programs through Dunlin's API.

use std::convert::Infallible;

use ledger::{TenantRecord, TenantUpdate, UnixMicros};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use subscription::TenantId;
use subscription::state::CustomerState;

use crate::contact::write_contacts;
use crate::entity::tenant;
use crate::error::{at, to_json};
use crate::tenant::{read, tenant_of, tenant_row, told_row};
use crate::tenant_customer::{bind, customer_of, lock_customer, other_holder};
use crate::{StoreError, Tenant, Tenants};

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

impl Tenants<'_> {
    /// Creates or updates a tenant. Binding it to a customer gives it that customer's state at once.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing has changed.
    pub async fn put(self, id: &TenantId, update: &TenantUpdate, now: UnixMicros) -> Result<Put, StoreError> {
        self.store.retrying(|| self.try_put_tenant(id, update, now)).await
    }

    async fn try_put_tenant(self, id: &TenantId, update: &TenantUpdate, now: UnixMicros) -> Result<Put, StoreError> {
        let tx = self.store.begin().await?;
        let whatever = |_: Option<&TenantRecord>| Ok::<(), Infallible>(());
        let Ok(put) = self.put_within(&tx, id, update, whatever, now).await?;
        if let Put::CustomerTaken(_) = put {
            return Ok(put);
        }
        self.store.commit(tx).await?;
        Ok(put)
    }

    /// Creates or updates a tenant within a unit of work, unless `permit` objects to the tenant as it is. If the
    /// customer is taken, or `permit` refuses, nothing is written.
    pub(crate) async fn put_within<Refusal>(
        self,
        tx: &impl ConnectionTrait,
        id: &TenantId,
        update: &TenantUpdate,
        permit: impl Fn(Option<&TenantRecord>) -> Result<(), Refusal>,
        now: UnixMicros,
    ) -> Result<Result<Put, Refusal>, StoreError> {
        let find = || tenant::Entity::find_by_id(id.as_str());
        let stored = find().one(tx).await.map_err(at("read the tenant"))?.and_then(tenant_of);
        let (wanted, is_rebound) = update.applied_to(stored.as_ref(), id, now);
        let locked = if is_rebound { lock_customer(tx, &wanted).await? } else { None };
        let stored = find().lock_exclusive().one(tx).await.map_err(at("read the tenant"))?;
        let stored = stored.and_then(tenant_of);
        if let Err(refusal) = permit(stored.as_ref()) {
            return Ok(Err(refusal));
        }
        let is_new = stored.is_none();
        let (tenant, is_rebound) = update.applied_to(stored.as_ref(), id, now);
        if let Some(other) = other_holder(tx, &tenant).await? {
            return Ok(Ok(Put::CustomerTaken(other)));
        }
        if is_rebound && customer_of(&tenant) != locked {
            return Err(StoreError::Conflict);
        }
        write(tx, &tenant, is_new, is_rebound).await?;
        if let Some(contacts) = &update.contacts {
            write_contacts(tx, id, contacts).await?;
        }
        if is_rebound {
            bind(tx, tenant, &self.store.terms, &self.store.cache, now).await?;
        }
        match read(tx, id).await?.map(Box::new) {
            Some(tenant) if is_new => Ok(Ok(Put::Created(tenant))),
            Some(tenant) => Ok(Ok(Put::Updated(tenant))),
            None => Err(at("keep the tenant")(sea_orm::DbErr::RecordNotFound(id.to_string()))),
        }
    }
}

/// Writes a tenant. A tenant that is bound anew, as every new one is, has an empty read model for now.
async fn write(tx: &impl ConnectionTrait, tenant: &TenantRecord, is_new: bool, is_rebound: bool) -> Result<(), StoreError> {
    let row = if is_rebound {
        let nothing = CustomerState::default();
        let text = to_json("tenant state", &nothing)?;
        told_row(tenant.clone(), &nothing, text)
    } else {
        tenant_row(tenant.clone())
    };
    let written = if is_new {
        tenant::Entity::insert(row).exec_without_returning(tx).await.map(drop)
    } else {
        tenant::Entity::update(row).exec(tx).await.map(drop)
    };
    written.map_err(at("write the tenant"))
}
