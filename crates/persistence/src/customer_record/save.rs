//! The saving of records: their changes as rows.

use std::collections::BTreeSet;

use ledger::{BoundNow, CustomerKey, NoticeState, ReadChange, TenantChange, UnixMicros};
use sea_orm::ActiveValue::NotSet;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};
use subscription::facts::{Card, Invoice, SubscriptionFact};
use subscription::notices::Superseded;
use subscription::state::SubscriptionState;
use subscription::{InvoiceId, PaymentMethodId, SubscriptionId, UnixSeconds};

use super::own::OwnState;
use super::{CustomerRecords, StoredRecord};
use crate::StoreError;
use crate::drift::drift_row;
use crate::entity::{
    binding_proposal, customer, drift, invoice, outbox, payment_method, read_task, subscription as subscription_entity,
    subscription_fact, tenant, timeline,
};
use crate::error::{at, to_json};
use crate::outbox::notice_row;
use crate::proposal::proposal_row;
use crate::read_task::{READ, READ_AGAIN, read_key, read_row};
use crate::rows::{Existing, Writes, is_one_of};
use crate::tenant::told_row;
use crate::timeline::note_row;

/// Writes the changes of the records, together with the rows that already wait to be written.
pub(crate) async fn save(
    mut writes: Writes<'_, impl ConnectionTrait>,
    records: &mut CustomerRecords,
    now: UnixMicros,
) -> Result<(), StoreError> {
    let mut rows = Rows::default();
    let mut owed_again = BTreeSet::new();
    for (key, stored) in records {
        owed_again.append(&mut rows.add(key, stored, now)?);
    }
    reopen(writes.tx(), &owed_again, now).await?;
    rows.write(&mut writes).map_err(at("write what changed"))?;
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
struct Rows {
    customers: Vec<customer::ActiveModel>,
    facts: Vec<subscription_fact::ActiveModel>,
    retold: Vec<subscription_fact::ActiveModel>,
    subscriptions: Vec<subscription_entity::ActiveModel>,
    invoices: Vec<invoice::ActiveModel>,
    cards: Vec<payment_method::ActiveModel>,
    tenants: Vec<tenant::ActiveModel>,
    /// The tenants that a claim bound just now; `made` holds those created for it.
    bound: Vec<tenant::ActiveModel>,
    made: Vec<tenant::ActiveModel>,
    timeline: Vec<timeline::ActiveModel>,
    owed: Vec<outbox::ActiveModel>,
    drift: Vec<drift::ActiveModel>,
    proposals: Vec<binding_proposal::ActiveModel>,
    accepted: Vec<binding_proposal::ActiveModel>,
    reads: Vec<read_task::ActiveModel>,
    settled_reads: Vec<read_task::ActiveModel>,
}

impl Rows {
    fn add(&mut self, key: &CustomerKey, stored: &mut StoredRecord, now: UnixMicros) -> Result<BTreeSet<String>, StoreError> {
        let changes = stored.record.take_changes(now);
        let record = &stored.record;
        let version = record.version();
        if let Some(wake_at) = changes.customer {
            self.customers.push(customer::ActiveModel {
                id: Set(key.id.to_string()),
                account: Set(key.scope.account.clone()),
                livemode: Set(key.scope.livemode),
                version: Set(version),
                wake_at: Set(wake_at.map(UnixSeconds::as_secs)),
                marked_from: Set(stored.marked_from),
                marked_through: Set(version),
                state: Set(OwnState::to_column(record.customer())?),
                folded_by: NotSet,
            });
        }
        for (subscription, fact) in &changes.facts {
            self.facts.push(fact_row(key, subscription, fact, version)?);
        }
        for (subscription, fact) in &changes.retold {
            self.retold.push(fact_row(key, subscription, fact, version)?);
        }
        for id in &changes.subscriptions {
            if let Some(state) = record.standing().subscriptions.get(id) {
                self.subscriptions.push(subscription_row(key, state)?);
            }
        }
        for id in &changes.invoices {
            if let Some(invoice) = record.customer().invoices().get(id) {
                self.invoices.push(invoice_row(key, id, invoice, version)?);
            }
        }
        for id in &changes.cards {
            if let Some(card) = record.customer().cards().get(id) {
                self.cards.push(card_row(key, id, card, version)?);
            }
        }
        if let Some(tenant) = changes.tenant {
            self.add_tenant(tenant, stored)?;
        }
        for proposal in changes.proposals {
            let proposals = if proposal.is_accepted {
                &mut self.accepted
            } else {
                &mut self.proposals
            };
            proposals.push(proposal_row(proposal));
        }
        for read in changes.reads {
            match read {
                ReadChange::Wanted(id, reason, due_at) => self.reads.push(read_row(key, &id, reason, due_at, now)),
                ReadChange::Settled(id) => self.settled_reads.push(read_key(key, &id)),
            }
        }
        self.timeline.extend(changes.timeline.into_iter().map(note_row));
        for notice in changes.owed {
            self.owed.push(notice_row(notice)?);
        }
        self.drift.extend(changes.drift.into_iter().map(drift_row));
        Ok(changes.owed_again)
    }

    /// Adds a tenant if its read model differs from the stored one.
    fn add_tenant(&mut self, change: TenantChange, stored: &StoredRecord) -> Result<(), StoreError> {
        if !change.is_certain && stored.is_cached {
            return Ok(());
        }
        let state = &stored.record.standing().state;
        let text = to_json("tenant state", state)?;
        if !change.is_certain && stored.tenant_state.as_ref() == Some(&text) {
            return Ok(());
        }
        let mut tenant = change.tenant;
        if !change.is_certain {
            tenant.version = stored.record.version();
        }
        let tenants = match change.bound_now {
            None => &mut self.tenants,
            Some(BoundNow::Found) => &mut self.bound,
            Some(BoundNow::Made) => &mut self.made,
        };
        tenants.push(told_row(tenant, state, text));
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
        writes.add(self.timeline, Existing::Keep)?;
        writes.add(self.owed, Existing::Keep)?;
        writes.add(self.proposals, Existing::Keep)?;
        writes.add(self.accepted, accepted)?;
        writes.add(self.drift, Existing::Keep)?;
        writes.add(self.reads, read)?;
        writes.remove(self.settled_reads)
    }
}

fn subscription_row(key: &CustomerKey, state: &SubscriptionState) -> Result<subscription_entity::ActiveModel, StoreError> {
    Ok(subscription_entity::ActiveModel {
        id: Set(state.id.to_string()),
        account: Set(key.scope.account.clone()),
        livemode: Set(key.scope.livemode),
        customer_id: Set(key.id.to_string()),
        status: Set(Some(state.status.to_string())),
        state: Set(to_json("subscription", state)?),
    })
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
