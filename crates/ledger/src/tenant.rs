//! Tenants, and changes of them by people and programs.

use subscription::{CustomerId, TenantId};

use crate::{Contact, CustomerKey, UnixMicros};

/// A tenant, without the read model of its customer's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRecord {
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
    /// The number of changes of its customer.
    pub version: i64,
    /// The time when it was created.
    pub created_at: UnixMicros,
    /// The time when it or its state last changed.
    pub updated_at: UnixMicros,
}

impl TenantRecord {
    /// Makes a tenant of which only the id is known.
    pub fn new(id: TenantId, now: UnixMicros) -> Self {
        Self {
            name: id.to_string(),
            id,
            locale: "en".to_owned(),
            timezone: "UTC".to_owned(),
            stripe_account: String::new(),
            stripe_customer_id: None,
            livemode: None,
            version: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// Returns the id and the account of the customer that it is bound to.
    pub fn customer(&self) -> Option<(&CustomerId, &str)> {
        Some((self.stripe_customer_id.as_ref()?, &self.stripe_account))
    }

    /// Returns the keys that its customer may have, live mode first. Until the mode is known there are two.
    pub fn customer_keys(&self) -> impl Iterator<Item = CustomerKey> {
        let modes: &[bool] = match self.livemode {
            None => &[true, false],
            Some(true) => &[true],
            Some(false) => &[false],
        };
        let customer = self.customer();
        modes.iter().filter_map(move |&livemode| {
            let (id, account) = customer?;
            Some(CustomerKey::new(id.as_str(), account, livemode))
        })
    }

    /// Binds it to a customer.
    pub(crate) fn bind_to(&mut self, key: &CustomerKey, now: UnixMicros) {
        self.stripe_customer_id = Some(key.id.clone());
        self.stripe_account.clone_from(&key.scope.account);
        self.livemode = Some(key.scope.livemode);
        self.updated_at = now;
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

impl TenantUpdate {
    /// Makes the update that binds a tenant to this customer.
    pub fn binding_to(customer: &CustomerKey) -> Self {
        Self {
            stripe_customer_id: Some(Some(customer.id.clone())),
            stripe_account: Some(customer.scope.account.clone()),
            livemode: Some(customer.scope.livemode),
            ..Self::default()
        }
    }

    /// Returns the customer that it binds to.
    pub fn customer(&self) -> Option<&CustomerId> {
        self.stripe_customer_id.as_ref().and_then(Option::as_ref)
    }

    /// Returns a tenant with this update, and true if that changes the tenant's binding. A missing tenant is created.
    pub fn applied_to(&self, stored: Option<&TenantRecord>, id: &TenantId, now: UnixMicros) -> (TenantRecord, bool) {
        let mut tenant = stored.map_or_else(|| TenantRecord::new(id.clone(), now), TenantRecord::clone);
        self.apply_to(&mut tenant, now);
        let binding = |tenant: &TenantRecord| {
            (
                tenant.stripe_customer_id.clone(),
                tenant.stripe_account.clone(),
                tenant.livemode,
            )
        };
        let is_rebound = stored.is_none_or(|stored| binding(stored) != binding(&tenant));
        (tenant, is_rebound)
    }

    fn apply_to(&self, tenant: &mut TenantRecord, now: UnixMicros) {
        tenant.updated_at = now;
        replace(&mut tenant.name, self.name.as_ref());
        replace(&mut tenant.locale, self.locale.as_ref());
        replace(&mut tenant.timezone, self.timezone.as_ref());
        replace(&mut tenant.stripe_account, self.stripe_account.as_ref());
        if let Some(customer) = self
            .stripe_customer_id
            .as_ref()
            .filter(|customer| **customer != tenant.stripe_customer_id)
        {
            tenant.stripe_customer_id.clone_from(customer);
            tenant.livemode = None;
        }
        tenant.livemode = self.livemode.or(tenant.livemode);
    }
}

fn replace(slot: &mut String, value: Option<&String>) {
    if let Some(value) = value {
        slot.clone_from(value);
    }
}
