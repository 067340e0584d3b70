//! A dossier: all that is stored about some customers, loaded under their locks, changed in memory, written back at once.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::ActiveValue::NotSet;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::{
    Customer, CustomerId, Fact, InvoiceId, Notice, PaymentMethodId, Standing, SubscriptionFact, SubscriptionId, TenantId,
    UnixSeconds, access,
};

use crate::entity::{
    customer, invoice, outbox, payment_method, subscription as subscription_row, subscription_fact, tenant, timeline,
};
use crate::error::{at, from_json, to_json};
use crate::memory::Memory;
use crate::outbox::owed_row;
use crate::rows::{Known, Writes, is_one_of};
use crate::{Cause, CustomerKey, EventKey, Matter, Scope, StoreError, Terms, UnixMicros};

/// One customer: what is known of it, the tenant bound to it, and what is to be written about it.
#[derive(Debug)]
pub(crate) struct Dossier {
    pub(crate) customer: Customer,
    pub(crate) standing: Standing,
    /// What is stored of its subscriptions, where that is no longer what it stands.
    stored: Option<Standing>,
    pub(crate) tenant: Option<tenant::Model>,
    pub(crate) version: i64,
    /// When a notice next falls due by time.
    wake_at: Option<UnixSeconds>,
    facts: Vec<(SubscriptionId, SubscriptionFact)>,
    invoices: BTreeSet<InvoiceId>,
    cards: BTreeSet<PaymentMethodId>,
    differences: Vec<timeline::ActiveModel>,
    owed: Vec<outbox::ActiveModel>,
    is_changed: bool,
    is_tenant_changed: bool,
}

/// The dossiers of the customers that a unit of work touches.
pub(crate) type Dossiers = BTreeMap<CustomerKey, Dossier>;

impl Dossier {
    fn new(version: i64, wake_at: Option<UnixSeconds>, (customer, standing): (Customer, Standing)) -> Self {
        Self {
            customer,
            standing,
            stored: None,
            tenant: None,
            version,
            wake_at,
            facts: Vec::new(),
            invoices: BTreeSet::new(),
            cards: BTreeSet::new(),
            differences: Vec::new(),
            owed: Vec::new(),
            is_changed: false,
            is_tenant_changed: false,
        }
    }

    /// Learns what one event told, and owes what follows from it.
    pub(crate) fn learn(
        &mut self,
        key: &CustomerKey,
        event: &EventKey,
        facts: &[Fact],
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        for fact in facts {
            match fact {
                Fact::Subscription { id, fact } => self.facts.push((id.clone(), fact.clone())),
                Fact::Invoice { id, .. } => drop(self.invoices.insert(id.clone())),
                Fact::Card { id, .. } => drop(self.cards.insert(id.clone())),
            }
            self.customer.learn(fact.clone());
        }
        self.version += 1;
        self.is_changed = true;
        let before = std::mem::replace(&mut self.standing, self.customer.standing_under(&terms.policy));
        let cause = Cause::Event(event.id.clone());
        self.tell_tenant(key, &before, &cause, now)?;
        self.set_alarm(&before, now);
        let owed = self.standing.owed_since(&before);
        self.stored.get_or_insert(before);
        self.owe(key, owed, Some(event), terms, now)
    }

    /// What fell due by time since the alarm was set is owed now.
    pub(crate) fn wake(&mut self, key: &CustomerKey, terms: &Terms, now: UnixMicros) -> Result<(), StoreError> {
        let at = now.to_unix_seconds();
        let Some(since) = self.wake_at.filter(|&wake_at| wake_at <= at) else {
            return Ok(());
        };
        let owed = self.standing.due_between(since, at);
        self.tell_timeline_of_access(key, since, terms, now);
        self.wake_at = self.standing.next_due_from(at.plus_secs(1));
        self.is_changed = true;
        self.owe(key, owed, None, terms, now)
    }

    /// Sets the alarm for what falls due next. One that has rung and was not yet heard stays; and what is overdue only now that
    /// it is known rings at once.
    fn set_alarm(&mut self, before: &Standing, now: UnixMicros) {
        let now = now.to_unix_seconds();
        let overdue = self.standing.overdue_since(before, now);
        let unheard = overdue.iter().map(|due| due.at).chain(self.wake_at);
        let since = unheard.chain([now.plus_secs(1)]).min();
        self.wake_at = since.and_then(|since| self.standing.next_due_from(since));
    }

    /// Access that ended by time alone is told in the timeline too.
    fn tell_timeline_of_access(&mut self, key: &CustomerKey, since: UnixSeconds, terms: &Terms, now: UnixMicros) {
        let Some(tenant) = &self.tenant else {
            return;
        };
        let reason_at = |at| access(&self.standing.state, &terms.policy, at).reason;
        let (from, to) = (reason_at(since.plus_secs(-1)), reason_at(now.to_unix_seconds()));
        if from != to {
            let entry = timeline_entry(key, &tenant.id, "access", &Cause::Time, now);
            self.differences.push(timeline::ActiveModel {
                from_value: Set(Some(from.code().to_owned())),
                to_value: Set(Some(to.code().to_owned())),
                ..entry
            });
        }
    }

    /// Binds a tenant to the customer: it is what the customer is from now on, and owed only what is still true.
    pub(crate) fn bind(
        &mut self,
        key: &CustomerKey,
        tenant: tenant::Model,
        cause: &Cause,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        self.tenant = Some(tenant);
        let unbound = Customer::default().standing();
        self.tell_tenant(key, &unbound, cause, now)?;
        let mut owed = self.standing.owed_at_binding();
        let overdue = self.standing.overdue_since(&unbound, now.to_unix_seconds());
        owed.extend(overdue.into_iter().map(|due| due.notice).filter(Notice::is_of_open_case));
        // What rang while nobody was bound is the past.
        self.wake_at = self.standing.next_due_from(now.to_unix_seconds().plus_secs(1));
        self.is_changed = true;
        self.owe(key, owed, None, terms, now)
    }

    /// The tenant that is bound to the customer.
    pub(crate) fn tenant_id(&self) -> Option<TenantId> {
        self.tenant.as_ref().and_then(|tenant| TenantId::parse(&tenant.id).ok())
    }

    /// Brings the tenant's read model up to date, and its timeline.
    fn tell_tenant(&mut self, key: &CustomerKey, before: &Standing, cause: &Cause, now: UnixMicros) -> Result<(), StoreError> {
        let Some(tenant) = &mut self.tenant else {
            return Ok(());
        };
        let state = &self.standing.state;
        let subscription = state.subscription.as_ref();
        let text = to_json("tenant state", state)?;
        if tenant.state == text && tenant.livemode == Some(key.scope.livemode) {
            return Ok(());
        }
        self.is_tenant_changed = true;
        tenant.state = text;
        tenant.livemode = Some(key.scope.livemode);
        tenant.version = self.version;
        if *state != before.state {
            tenant.updated_at = now.as_micros();
        }
        tenant.subscription_status = subscription.map(|s| s.status.to_string());
        tenant.stripe_subscription_id = subscription.map(|s| s.id.to_string());
        tenant.trial_end = subscription.and_then(|s| s.trial_end).map(subscription::UnixSeconds::as_secs);
        for difference in state.differences_from(&before.state) {
            self.differences.push(timeline::ActiveModel {
                from_value: Set(difference.from),
                to_value: Set(difference.to),
                ..timeline_entry(key, &tenant.id, difference.what, cause, now)
            });
        }
        Ok(())
    }

    /// Notices are owed to a tenant; where none is bound, none is.
    fn owe(
        &mut self,
        key: &CustomerKey,
        notices: Vec<Notice>,
        event: Option<&EventKey>,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        let Some(tenant) = &self.tenant else {
            return Ok(());
        };
        for notice in notices {
            let scope = &key.scope;
            let mode = if scope.livemode { "live" } else { "test" };
            let dedupe_key = format!("{mode}:{}:{}:{}", scope.account, tenant.id, notice.key());
            self.owed.push(outbox::ActiveModel {
                account: Set(scope.account.clone()),
                livemode: Set(scope.livemode),
                customer_id: Set(key.id.to_string()),
                tenant_id: Set(tenant.id.clone()),
                event_id: Set(event.map(|event| event.id.to_string())),
                ..owed_row(dedupe_key, &Matter::Notice(notice), now.plus_secs(terms.hold_secs), now)?
            });
        }
        Ok(())
    }
}

fn timeline_entry(key: &CustomerKey, tenant_id: &str, what: &str, cause: &Cause, now: UnixMicros) -> timeline::ActiveModel {
    timeline::ActiveModel {
        tenant_id: Set(tenant_id.to_owned()),
        customer_id: Set(Some(key.id.to_string())),
        at: Set(now.as_micros()),
        what: Set(what.to_owned()),
        cause: Set(cause.kind().to_owned()),
        cause_id: Set(cause.id().map(str::to_owned)),
        from_value: Set(None),
        to_value: Set(None),
        id: NotSet,
    }
}

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
        writes.add(rows.collect(), Known::Keep).await?;
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
        let key = key(row.id, row.account, row.livemode);
        if keys.contains(&key) {
            let recalled = memory.and_then(|memory| memory.recall(&key, row.version));
            if recalled.is_none() && row.version > 0 {
                unknown.insert(key.clone());
            }
            let known = recalled.unwrap_or_else(|| (Customer::default(), Customer::default().standing()));
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
    let key = key(id, account, livemode);
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
            .map(|mode| key(id.clone(), row.stripe_account.clone(), mode));
        let present = keys.into_iter().find(|key| dossiers.contains_key(key));
        if let Some(dossier) = present.and_then(|key| dossiers.get_mut(&key)) {
            dossier.tenant = Some(row);
        }
    }
    Ok(())
}

fn key(id: String, account: String, livemode: bool) -> CustomerKey {
    CustomerKey {
        id: CustomerId::new(id),
        scope: Scope { account, livemode },
    }
}

/// Writes what changed, with what is to be written already.
pub(crate) async fn save(mut writes: Writes<'_, impl ConnectionTrait>, dossiers: &mut Dossiers) -> Result<(), StoreError> {
    let mut changes = Changes::default();
    for (key, dossier) in dossiers {
        changes.add(key, dossier)?;
    }
    changes.write(&mut writes).await.map_err(at("write what changed"))?;
    writes.finish().await.map_err(at("write what changed"))
}

/// The rows to write.
#[derive(Default)]
struct Changes {
    customers: Vec<customer::ActiveModel>,
    facts: Vec<subscription_fact::ActiveModel>,
    subscriptions: Vec<subscription_row::ActiveModel>,
    invoices: Vec<invoice::ActiveModel>,
    cards: Vec<payment_method::ActiveModel>,
    tenants: Vec<tenant::ActiveModel>,
    differences: Vec<timeline::ActiveModel>,
    owed: Vec<outbox::ActiveModel>,
}

impl Changes {
    fn add(&mut self, key: &CustomerKey, dossier: &mut Dossier) -> Result<(), StoreError> {
        let Scope { account, livemode } = &key.scope;
        if dossier.is_changed {
            self.customers.push(customer::ActiveModel {
                id: Set(key.id.to_string()),
                account: Set(account.clone()),
                livemode: Set(*livemode),
                version: Set(dossier.version),
                wake_at: Set(dossier.wake_at.map(UnixSeconds::as_secs)),
            });
        }
        let mut touched: BTreeSet<SubscriptionId> = BTreeSet::new();
        for (subscription, fact) in std::mem::take(&mut dossier.facts) {
            touched.insert(subscription.clone());
            self.facts.push(fact_row(key, &subscription, &fact)?);
        }
        for id in std::mem::take(&mut dossier.invoices) {
            let Some(invoice) = dossier.customer.invoices().get(&id) else {
                continue;
            };
            touched.extend(invoice.subscription.clone());
            self.invoices.push(invoice::ActiveModel {
                id: Set(id.to_string()),
                account: Set(account.clone()),
                livemode: Set(*livemode),
                customer_id: Set(key.id.to_string()),
                subscription_id: Set(invoice.subscription.as_ref().map(ToString::to_string)),
                status: Set(Some(invoice.status().as_str().to_owned())),
                state: Set(to_json("invoice", invoice)?),
            });
        }
        for id in touched {
            let Some(state) = dossier.standing.subscriptions.get(&id) else {
                continue;
            };
            if dossier
                .stored
                .as_ref()
                .is_some_and(|stored| stored.subscriptions.get(&id) == Some(state))
            {
                continue;
            }
            self.subscriptions.push(subscription_row::ActiveModel {
                id: Set(id.to_string()),
                account: Set(account.clone()),
                livemode: Set(*livemode),
                customer_id: Set(key.id.to_string()),
                status: Set(Some(state.status.to_string())),
                state: Set(to_json("subscription", state)?),
            });
        }
        for id in std::mem::take(&mut dossier.cards) {
            let Some(card) = dossier.customer.cards().get(&id) else {
                continue;
            };
            self.cards.push(payment_method::ActiveModel {
                id: Set(id.to_string()),
                account: Set(account.clone()),
                livemode: Set(*livemode),
                customer_id: Set(key.id.to_string()),
                status: Set(None),
                state: Set(to_json("payment method", card)?),
            });
        }
        if dossier.is_tenant_changed {
            self.tenants
                .extend(dossier.tenant.take().map(|tenant| tenant.into_active_model().reset_all()));
        }
        self.differences.append(&mut dossier.differences);
        self.owed.append(&mut dossier.owed);
        Ok(())
    }

    async fn write(self, writes: &mut Writes<'_, impl ConnectionTrait>) -> Result<(), DbErr> {
        let replace = |columns| Known::Replace { key: &KEY, columns };
        let invoice = replace(&["customer_id", "status", "state", "subscription_id"]);
        let tenant = Known::Replace {
            key: &["id"],
            columns: &TENANT_STATE,
        };
        writes.add(self.facts, Known::Keep).await?;
        writes.add(self.customers, replace(&["version", "wake_at"])).await?;
        let of_customer = replace(&["customer_id", "status", "state"]);
        writes.add(self.subscriptions, of_customer).await?;
        writes.add(self.invoices, invoice).await?;
        writes.add(self.cards, of_customer).await?;
        writes.add(self.tenants, tenant).await?;
        writes.add(self.differences, Known::Keep).await?;
        writes.add(self.owed, Known::Keep).await
    }
}

const KEY: [&str; 3] = ["id", "account", "livemode"];

const TENANT_STATE: [&str; 7] = [
    "livemode",
    "subscription_status",
    "stripe_subscription_id",
    "trial_end",
    "state",
    "version",
    "updated_at",
];

/// A fact's own part of its key, and the second that it is filed under.
pub(crate) fn fact_key(fact: &SubscriptionFact) -> (String, UnixSeconds) {
    match fact {
        SubscriptionFact::Change(change) => (change.event.to_string(), change.created),
        SubscriptionFact::Renewal(renewal) => (renewal.event.to_string(), renewal.announced_at),
        SubscriptionFact::Read(read) => (format!("read:{}:{}", read.not_before, read.not_after), read.not_before),
        SubscriptionFact::Baseline(baseline) => ("baseline".to_owned(), baseline.through),
    }
}

pub(crate) fn fact_row(
    key: &CustomerKey,
    subscription: &SubscriptionId,
    fact: &SubscriptionFact,
) -> Result<subscription_fact::ActiveModel, StoreError> {
    let (id, created) = fact_key(fact);
    Ok(subscription_fact::ActiveModel {
        customer_id: Set(key.id.to_string()),
        account: Set(key.scope.account.clone()),
        livemode: Set(key.scope.livemode),
        subscription_id: Set(subscription.to_string()),
        id: Set(id),
        created: Set(created.as_secs()),
        fact: Set(to_json("subscription fact", fact)?),
    })
}
