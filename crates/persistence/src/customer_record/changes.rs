//! Changes to records, as the rows to write.

use std::collections::BTreeSet;

use sea_orm::ActiveValue::NotSet;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, Set};
use subscription::{
    Card, Invoice, InvoiceId, PaymentMethodId, Standing, SubscriptionFact, SubscriptionId, SubscriptionState, Superseded,
    UnixSeconds,
};

use super::own::OwnState;
use super::{BoundNow, CustomerRecord, CustomerRecords};
use crate::entity::{
    binding_proposal, customer, drift, invoice, outbox, payment_method, read_task, subscription as subscription_row,
    subscription_fact, tenant, timeline,
};
use crate::error::{at, to_json};
use crate::proposal::is_accepted;
use crate::read_task::{READ, READ_AGAIN, read_key, read_row};
use crate::rows::{Existing, Writes, is_one_of};
use crate::{CustomerKey, NoticeState, ReadReason, StoreError, UnixMicros};

/// Writes the changes of the records, together with the rows that already wait to be written.
pub(crate) async fn save(
    mut writes: Writes<'_, impl ConnectionTrait>,
    records: &mut CustomerRecords,
    now: UnixMicros,
) -> Result<(), StoreError> {
    let mut changes = Changes::default();
    let mut owed_again = BTreeSet::new();
    for (key, record) in records {
        owed_again.append(&mut record.owed_again);
        changes.add(key, record, now)?;
    }
    reopen(writes.tx(), &owed_again, now).await?;
    changes.write(&mut writes).map_err(at("write what changed"))?;
    writes.finish().await.map_err(at("write what changed"))
}

/// Reopens the notices of an end that were not sent because another subscription had replaced the ended one. They are
/// owed after all if that other one turns out to have ended earlier.
async fn reopen(tx: &impl ConnectionTrait, keys: &BTreeSet<String>, now: UnixMicros) -> Result<(), StoreError> {
    use outbox::Column;
    if keys.is_empty() {
        return Ok(());
    }
    let keys: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    outbox::Entity::update_many()
        .col_expr(Column::State, Expr::value(NoticeState::Pending.as_str()))
        .col_expr(Column::DueAt, Expr::value(now.as_micros()))
        .col_expr(Column::SettledAt, Expr::value(None::<i64>))
        .col_expr(Column::Reason, Expr::value(None::<String>))
        .filter(is_one_of(tx, Column::DedupeKey, &keys))
        .filter(Column::State.eq(NoticeState::Superseded.as_str()))
        .filter(Column::Reason.eq(Superseded::Replaced.as_str()))
        .exec(tx)
        .await
        .map(drop)
        .map_err(at("owe a notice again"))
}

/// The rows to write.
#[derive(Default)]
struct Changes {
    customers: Vec<customer::ActiveModel>,
    facts: Vec<subscription_fact::ActiveModel>,
    retold: Vec<subscription_fact::ActiveModel>,
    subscriptions: Vec<subscription_row::ActiveModel>,
    invoices: Vec<invoice::ActiveModel>,
    cards: Vec<payment_method::ActiveModel>,
    tenants: Vec<tenant::ActiveModel>,
    /// The tenants that a claim bound just now; `made` holds those created for it.
    bound: Vec<tenant::ActiveModel>,
    made: Vec<tenant::ActiveModel>,
    differences: Vec<timeline::ActiveModel>,
    owed: Vec<outbox::ActiveModel>,
    drift: Vec<drift::ActiveModel>,
    proposals: Vec<binding_proposal::ActiveModel>,
    accepted: Vec<binding_proposal::ActiveModel>,
    reads: Vec<read_task::ActiveModel>,
    /// The reads that are no longer needed.
    whole: Vec<read_task::ActiveModel>,
}

impl Changes {
    fn add(&mut self, key: &CustomerKey, record: &mut CustomerRecord, now: UnixMicros) -> Result<(), StoreError> {
        if record.is_changed {
            self.customers.push(customer::ActiveModel {
                id: Set(key.id.to_string()),
                account: Set(key.scope.account.clone()),
                livemode: Set(key.scope.livemode),
                version: Set(record.version),
                wake_at: Set(record.wake_at.map(UnixSeconds::as_secs)),
                marked_from: Set(record.marked_from),
                marked_through: Set(record.version),
                state: Set(OwnState::to_column(&record.customer)?),
                folded_by: NotSet,
            });
        }
        let version = record.version;
        for (subscription, fact) in std::mem::take(&mut record.facts) {
            self.facts.push(fact_row(key, &subscription, &fact, version)?);
        }
        for (subscription, fact) in std::mem::take(&mut record.retold) {
            self.retold.push(fact_row(key, &subscription, &fact, version)?);
        }
        for id in std::mem::take(&mut record.invoices) {
            if let Some(invoice) = record.customer.invoices().get(&id) {
                self.invoices.push(invoice_row(key, &id, invoice, version)?);
            }
        }
        if let Some(stored) = &record.stored {
            // Any fact may change any subscription: the card that pays is part of a subscription's state.
            for (id, state) in &record.standing.subscriptions {
                self.add_subscription(key, stored.subscriptions.get(id).map(Box::as_ref), state, now)?;
            }
            self.add_reads_of_deleted(key, stored, &record.standing, now);
        }
        for id in std::mem::take(&mut record.cards) {
            if let Some(card) = record.customer.cards().get(&id) {
                self.cards.push(card_row(key, &id, card, version)?);
            }
        }
        let is_changed = record.is_tenant_changed || record.bound_now.is_some();
        let tenant = record.tenant.take_if(|_| is_changed);
        let tenants = match record.bound_now {
            None => &mut self.tenants,
            Some(BoundNow::Found) => &mut self.bound,
            Some(BoundNow::Made) => &mut self.made,
        };
        tenants.extend(tenant.map(|tenant| tenant.into_active_model().reset_all()));
        for proposal in std::mem::take(&mut record.proposals) {
            let proposals = if is_accepted(&proposal) {
                &mut self.accepted
            } else {
                &mut self.proposals
            };
            proposals.push(proposal);
        }
        self.differences.append(&mut record.differences);
        self.owed.append(&mut record.owed);
        self.drift.append(&mut record.drift);
        Ok(())
    }

    /// Schedules reads of a deleted customer's subscriptions. Stripe ends each of them and says so, and a read checks
    /// that it did.
    fn add_reads_of_deleted(&mut self, key: &CustomerKey, stored: &Standing, standing: &Standing, now: UnixMicros) {
        if stored.state.deleted_at.is_none() && standing.state.deleted_at.is_some() {
            let living = standing.state.subscriptions().filter(|one| !one.status.is_terminal());
            let reads = living.map(|one| read_row(key, &one.id, ReadReason::CustomerDeleted, now));
            self.reads.extend(reads);
        }
    }

    /// Adds a subscription's new state, and schedules or removes its read.
    fn add_subscription(
        &mut self,
        key: &CustomerKey,
        stored: Option<&SubscriptionState>,
        state: &SubscriptionState,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        if stored == Some(state) {
            return Ok(());
        }
        self.subscriptions.push(subscription_row::ActiveModel {
            id: Set(state.id.to_string()),
            account: Set(key.scope.account.clone()),
            livemode: Set(key.scope.livemode),
            customer_id: Set(key.id.to_string()),
            status: Set(Some(state.status.to_string())),
            state: Set(to_json("subscription", state)?),
        });
        let (before, after) = (stored.and_then(ReadReason::of), ReadReason::of(state));
        match after {
            Some(reason) if before < after => self.reads.push(read_row(key, &state.id, reason, now)),
            None if before.is_some() => self.whole.push(read_key(key, &state.id)),
            Some(_) | None => {}
        }
        Ok(())
    }

    fn write(self, writes: &mut Writes<'_, impl ConnectionTrait>) -> Result<(), DbErr> {
        let replace = |columns| Existing::Replace { key: &KEY, columns };
        let invoice = replace(&["customer_id", "status", "state", "subscription_id", "version"]);
        let tenant = |columns| Existing::Replace { key: &["id"], columns };
        let accepted = Existing::Replace {
            key: &CLAIM,
            columns: &["state", "decided_at"],
        };
        let read = Existing::Replace {
            key: &READ,
            columns: &READ_AGAIN,
        };
        writes.add(self.facts, Existing::Keep)?;
        let retold = Existing::Replace {
            key: &FACT,
            columns: &["fact", "version"],
        };
        writes.add(self.retold, retold)?;
        writes.add(self.customers, replace(&CUSTOMER))?;
        let subscription = replace(&["customer_id", "status", "state"]);
        writes.add(self.subscriptions, subscription)?;
        writes.add(self.invoices, invoice)?;
        let card = replace(&["customer_id", "status", "state", "version"]);
        writes.add(self.cards, card)?;
        writes.add(self.tenants, tenant(&TENANT_STATE))?;
        writes.add(self.bound, tenant(&TENANT_BINDING))?;
        writes.add(self.made, Existing::Refuse)?;
        writes.add(self.differences, Existing::Keep)?;
        writes.add(self.owed, Existing::Keep)?;
        writes.add(self.proposals, Existing::Keep)?;
        writes.add(self.accepted, accepted)?;
        writes.add(self.drift, Existing::Keep)?;
        writes.add(self.reads, read)?;
        writes.remove(self.whole)
    }
}

fn invoice_row(key: &CustomerKey, id: &InvoiceId, invoice: &Invoice, version: i64) -> Result<invoice::ActiveModel, StoreError> {
    Ok(invoice::ActiveModel {
        id: Set(id.to_string()),
        account: Set(key.scope.account.clone()),
        livemode: Set(key.scope.livemode),
        customer_id: Set(key.id.to_string()),
        subscription_id: Set(invoice.subscription.as_ref().map(ToString::to_string)),
        status: Set(Some(invoice.status().as_str().to_owned())),
        state: Set(to_json("invoice", invoice)?),
        version: Set(version),
    })
}

fn card_row(key: &CustomerKey, id: &PaymentMethodId, card: &Card, version: i64) -> Result<payment_method::ActiveModel, StoreError> {
    Ok(payment_method::ActiveModel {
        id: Set(id.to_string()),
        account: Set(key.scope.account.clone()),
        livemode: Set(key.scope.livemode),
        customer_id: Set(key.id.to_string()),
        status: Set(None),
        state: Set(to_json("payment method", card)?),
        version: Set(version),
    })
}

const KEY: [&str; 3] = ["id", "account", "livemode"];

const FACT: [&str; 5] = ["customer_id", "account", "livemode", "subscription_id", "id"];

const CUSTOMER: [&str; 5] = ["version", "wake_at", "marked_from", "marked_through", "state"];

const TENANT_STATE: [&str; 7] = [
    "livemode",
    "subscription_status",
    "stripe_subscription_id",
    "trial_end",
    "state",
    "version",
    "updated_at",
];

/// The columns of a tenant that was bound just now.
const TENANT_BINDING: [&str; 9] = [
    "stripe_account",
    "stripe_customer_id",
    "livemode",
    "subscription_status",
    "stripe_subscription_id",
    "trial_end",
    "state",
    "version",
    "updated_at",
];

const CLAIM: [&str; 5] = ["customer_id", "account", "livemode", "tenant_id", "source"];

/// Returns a fact's own part of its key, and the second under which it is filed.
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
    version: i64,
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
        version: Set(version),
    })
}
