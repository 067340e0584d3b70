//! What changed in dossiers, as the rows to write.

use std::collections::BTreeSet;

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, IntoActiveModel, Set};
use subscription::{SubscriptionFact, SubscriptionId, UnixSeconds};

use super::{Dossier, Dossiers};
use crate::entity::{
    customer, invoice, outbox, payment_method, subscription as subscription_row, subscription_fact, tenant, timeline,
};
use crate::error::{at, to_json};
use crate::rows::{Known, Writes};
use crate::{CustomerKey, Scope, StoreError};

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
