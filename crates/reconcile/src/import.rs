//! The import of an existing account: its customers become tenants, by a name on them or in a list.

use std::collections::BTreeMap;

use intake::clock;
use persistence::{Binding, Contact, CustomerKey, Role, Source, TenantUpdate};
use serde::Deserialize;
use stripe_client::{Pages, Permission, RawObject};
use stripe_event::{Customer, Subscription};
use subscription::{CustomerId, TenantId};

use crate::objects::ObjectsRead;
use crate::{AskError, Progress, Reconciler, Waiting};

/// The way in which customers are named as tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By the metadata of the customer, or of a subscription of it, under this key.
    ByMetadata(String),
    /// By a list.
    ByList(BTreeMap<CustomerId, Named>),
}

/// A tenant in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The SaaS's own id of the tenant.
    pub tenant: TenantId,
    /// The tenant's name, if it is listed. Otherwise the customer's name is taken.
    pub name: Option<String>,
}

/// The result for a customer that is named as a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The customer.
    pub customer: CustomerId,
    /// The tenant.
    pub tenant: TenantId,
    /// The outcome for both.
    pub came: Came,
}

/// The outcome for a tenant and a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The tenant was made, and bound.
    Made,
    /// The tenant existed, and is bound now.
    Bound,
    /// They were bound already.
    AsBefore,
    /// Nothing: the customer is this other tenant's.
    CustomerTaken(TenantId),
    /// Nothing: the tenant has this other customer.
    TenantHolds(CustomerId),
}

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The number of customers in the account.
    pub customers: u64,
    /// The number of customers for which nothing names a tenant.
    pub unnamed: u64,
    /// The customers that could not be read, or are named by something that cannot be a tenant's id; one sentence each.
    pub unreadable: Vec<String>,
    /// The other customers.
    pub named: Vec<Imported>,
    /// The result of reading their subscriptions and invoices, or `None` if nothing was to be written.
    pub objects: Option<ObjectsRead>,
}

/// The permissions that the key needs.
const NEEDED: [Permission; 3] = [Permission::Customers, Permission::Subscriptions, Permission::Invoices];

/// The fields of a customer that its typed reader leaves out.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Spoken {
    preferred_locales: Vec<String>,
}

impl Reconciler {
    /// Binds a tenant to each named customer, and makes the tenants that do not exist, after all subscriptions and open
    /// invoices are read. A conflict changes nothing. Unless `is_for_good` is true, nothing is written at all.
    ///
    /// In both cases the key needs the permissions of a real import. While another instance reconciles, it waits, and
    /// then calls `waiting` once.
    ///
    /// # Errors
    /// [`AskError`]. What was bound before is kept.
    pub async fn import(
        &self,
        naming: &Naming,
        is_for_good: bool,
        (waiting, progress): (Waiting<'_>, Progress<'_>),
    ) -> Result<Import, AskError> {
        self.check_permissions(&NEEDED).await?;
        self.check_account().await?;
        let listed;
        let names = match naming {
            Naming::ByList(names) => names,
            Naming::ByMetadata(key) => {
                listed = self.names_on_subscriptions(key).await?;
                &listed
            }
        };
        let mut import = Import::default();
        if is_for_good {
            // Objects are read before anybody is bound, so that nobody is told of what is learned of the past.
            import.objects = Some(self.read_what_is_there(waiting, progress).await?);
        }
        let (mut pages, mut next) = (Pages::default(), None::<String>);
        loop {
            let page = self.stripe.customers(next.as_deref()).await?.value;
            for object in &page.items {
                import.customers += 1;
                self.import_customer(object, naming, names, is_for_good, &mut import).await?;
            }
            progress(import.customers, import.customers + 1);
            next = pages.next(page.next)?;
            if next.is_none() {
                break;
            }
        }
        Ok(import)
    }

    async fn read_what_is_there(&self, waiting: Waiting<'_>, progress: Progress<'_>) -> Result<ObjectsRead, AskError> {
        let cursor = self.claim_in_turn(waiting).await?;
        let read = self.read_objects(Source::Import, progress).await;
        self.settle(&cursor, read).await
    }

    /// Returns the tenants that subscriptions name, by their customers. The newest subscription decides.
    async fn names_on_subscriptions(&self, key: &str) -> Result<BTreeMap<CustomerId, Named>, AskError> {
        let mut names = BTreeMap::new();
        let (mut pages, mut next) = (Pages::default(), None::<String>);
        loop {
            let page = self.stripe.subscriptions(next.as_deref()).await?.value;
            for object in &page.items {
                let Ok(bare) = Subscription::parse(object.bytes()) else {
                    continue;
                };
                self.check_mode(bare.livemode)?;
                let subscription = bare.object;
                let tenant = subscription.metadata.get(key).and_then(|text| TenantId::parse(text).ok());
                if let Some(tenant) = tenant {
                    let customer = CustomerId::new(subscription.customer);
                    names.entry(customer).or_insert(Named { tenant, name: None });
                }
            }
            next = pages.next(page.next)?;
            if next.is_none() {
                return Ok(names);
            }
        }
    }

    async fn import_customer(
        &self,
        object: &RawObject,
        naming: &Naming,
        names: &BTreeMap<CustomerId, Named>,
        is_for_good: bool,
        import: &mut Import,
    ) -> Result<(), AskError> {
        let bare = match Customer::parse(object.bytes()) {
            Ok(bare) => bare,
            Err(error) => {
                import.unreadable.push(format!("a customer: {error}"));
                return Ok(());
            }
        };
        self.check_mode(bare.livemode)?;
        let id = CustomerId::new(bare.object.id.as_ref());
        let on_itself = match naming {
            Naming::ByMetadata(key) => bare.object.metadata.get(key.as_str()).filter(|text| !text.is_empty()),
            Naming::ByList(_) => None,
        };
        let named = match on_itself.map(|text| TenantId::parse(text)) {
            Some(Ok(tenant)) => Some(Named { tenant, name: None }),
            Some(Err(error)) => {
                import.unreadable.push(format!("{id}: {error}"));
                return Ok(());
            }
            None => names.get(&id).cloned(),
        };
        let Some(named) = named else {
            import.unnamed += 1;
            return Ok(());
        };
        let came = self
            .bind(&named, &id, &update_from(&named, &bare.object, object), is_for_good)
            .await?;
        import.named.push(Imported {
            customer: id,
            tenant: named.tenant,
            came,
        });
        Ok(())
    }

    async fn bind(&self, named: &Named, id: &CustomerId, update: &TenantUpdate, is_for_good: bool) -> Result<Came, AskError> {
        let (tenant, now) = (&named.tenant, clock::now());
        let before = self.store.tenants().get(tenant).await?;
        if before
            .as_ref()
            .is_some_and(|before| before.record.stripe_customer_id.as_ref() == Some(id))
        {
            return Ok(Came::AsBefore);
        }
        let customer = CustomerKey {
            id: id.clone(),
            scope: self.scope.clone(),
        };
        let binding = if is_for_good {
            self.store.tenants().bind(tenant, &customer, now).await?
        } else {
            self.store.tenants().would_bind(tenant, &customer, now).await?
        };
        match binding {
            Binding::CustomerTaken(other) => Ok(Came::CustomerTaken(other)),
            Binding::TenantHolds(other) => Ok(Came::TenantHolds(other)),
            Binding::Bound(_) if before.is_some() => Ok(Came::Bound),
            Binding::Bound(_) => {
                // A tenant that existed keeps its name and contacts.
                if is_for_good {
                    self.store.tenants().put(tenant, update, now).await?;
                }
                Ok(Came::Made)
            }
        }
    }
}

/// Returns the name and the contact of a new tenant, as its customer states them.
fn update_from(named: &Named, customer: &Customer<'_>, object: &RawObject) -> TenantUpdate {
    let name = named.name.clone().or_else(|| customer.name.as_deref().map(str::to_owned));
    let spoken: Spoken = serde_json::from_slice(object.bytes()).unwrap_or_default();
    let contact = |email: &str| Contact {
        role: Role::Billing,
        email: email.to_owned(),
        name: customer.name.as_deref().unwrap_or_default().to_owned(),
    };
    TenantUpdate {
        name: name.filter(|name| !name.trim().is_empty()),
        locale: spoken.preferred_locales.into_iter().next(),
        contacts: customer.email.as_deref().map(|email| vec![contact(email)]),
        ..TenantUpdate::default()
    }
}
