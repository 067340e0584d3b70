//! Posting a batch of deliveries: one transaction that records, folds, decides and writes.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{CustomerKey, Delivery, EventKey, EventRecord, Receipt, Scope, UnixMicros};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Set};
use subscription::DAY_SECS;

use crate::claimed_tenant::load_bindable;
use crate::customer_record::StoredRecord;
use crate::entity::{event_payload, stripe_event};
use crate::error::at;
use crate::payer::{self, Payers};
use crate::rows::{self, Existing, Writes};
use crate::{Store, StoreError, crash_point, customer_record, postgres};

/// The time, in seconds, for which a raw body is kept: past every retry, and past the 30 days for which Stripe lists
/// events.
const PAYLOAD_TTL_SECS: i64 = 35 * DAY_SECS;

impl Store {
    /// Posts a batch: each event once, in the order given, all or nothing. When this returns, the batch is on the disk.
    ///
    /// A batch has the same effect as its deliveries one by one.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing of the batch is kept.
    pub async fn post(&self, batch: &[Delivery], now: UnixMicros) -> Result<Vec<Receipt>, StoreError> {
        self.retrying(|| self.try_post(batch, now)).await
    }

    async fn try_post(&self, batch: &[Delivery], now: UnixMicros) -> Result<Vec<Receipt>, StoreError> {
        let tx = self.begin().await?;
        crash_point("post::before_insert");
        let mut fresh = record(&tx, batch, now).await?;
        if fresh.is_empty() && self.is_postgres() {
            let step = "wait for the standbys";
            tx.execute_unprepared(postgres::WAIT_FOR_STANDBYS).await.map_err(at(step))?;
        }
        let bodies = bodies_of(batch, &fresh, now);
        crash_point("post::after_insert");
        let news = || batch.iter().filter(|delivery| fresh.contains(&delivery.event.key));
        let unclaimed = payer::unclaimed_by(&tx, news()).await?;
        let payers = Payers::find(&tx, batch).await?;
        let customers: Vec<Option<CustomerKey>> = batch.iter().map(|delivery| payers.customer_of(delivery)).collect();
        let told = || {
            let new = batch.iter().zip(&customers);
            let new = new.filter(|(delivery, _)| fresh.contains(&delivery.event.key));
            new.filter_map(|(delivery, customer)| Some((customer.as_ref()?, delivery.facts.as_slice())))
        };
        let mut concerned: BTreeSet<CustomerKey> = told().map(|(customer, _)| customer.clone()).collect();
        concerned.extend(unclaimed.iter().map(|unclaimed| unclaimed.payer.clone()));
        let mut records = customer_record::lock(&tx, &concerned, &self.terms, &self.cache).await?;
        let summed_up = customer_record::summed_up(&records, told());
        customer_record::load_in_full(&tx, &summed_up, &self.terms, &mut records).await?;
        let claims = news().filter_map(|delivery| Some((delivery.named_customer()?, delivery.claim.as_ref()?)));
        let mut bindable = load_bindable(&tx, claims, &records).await?;
        let mut unknown = Vec::new();
        let mut news = Vec::new();
        let mut receipts = Vec::with_capacity(batch.len());
        for (delivery, customer) in batch.iter().zip(customers) {
            let is_duplicate = !fresh.remove(&delivery.event.key);
            let mut tenant = None;
            let customer = customer.filter(|_| !is_duplicate);
            if !is_duplicate {
                news.push(delivery);
                if customer.is_none() {
                    unknown.push(delivery);
                }
            }
            if let Some(key) = customer
                && let Some(StoredRecord { record, .. }) = records.get_mut(&key)
            {
                // The claim comes first, so that the facts of the same delivery are news to the tenant it binds.
                if let Some(claim) = &delivery.claim {
                    record.consider(&key, &delivery.event, claim, &mut bindable, &self.terms, now);
                }
                if !delivery.facts.is_empty() {
                    record.learn(&key, delivery.told(), &self.terms, now);
                }
                tenant = record.tenant().map(|tenant| tenant.id.clone());
            }
            receipts.push(Receipt {
                is_duplicate,
                outcome: delivery.event.outcome,
                tenant,
            });
        }
        for unclaimed in unclaimed {
            if let Some(stored) = records.get_mut(&unclaimed.payer) {
                unclaimed.claim(&tx, &mut stored.record, &self.terms, now).await?;
            }
        }
        let mut writes = Writes::new(&tx);
        writes.add(bodies, Existing::Keep).map_err(at("keep the events' bodies"))?;
        payer::keep(&mut writes, news.into_iter(), now)?;
        payer::tell_of_unknown(&mut writes, unknown.into_iter(), self.terms.payer_hold_secs, now)?;
        customer_record::save(writes, &mut records, now).await?;
        crash_point("post::before_commit");
        self.commit(tx).await?;
        crash_point("post::after_commit");
        customer_record::keep(&self.cache, records);
        Ok(receipts)
    }
}

/// Records the events that are new, and returns their keys.
async fn record(tx: &impl ConnectionTrait, batch: &[Delivery], now: UnixMicros) -> Result<BTreeSet<EventKey>, StoreError> {
    let distinct: BTreeMap<&EventKey, &Delivery> = batch.iter().rev().map(|delivery| (&delivery.event.key, delivery)).collect();
    let rows = distinct.values().map(|delivery| event_row(&delivery.event, now)).collect();
    let key = [
        stripe_event::Column::Id,
        stripe_event::Column::Account,
        stripe_event::Column::Livemode,
    ];
    let fresh: BTreeSet<EventKey> = rows::insert_new(tx, rows, &key, event_key)
        .await
        .map_err(at("record the events"))?
        .into_iter()
        .collect();
    Ok(fresh)
}

/// Returns the bodies of the new events. If an event is in the batch twice, the first body counts.
fn bodies_of(batch: &[Delivery], fresh: &BTreeSet<EventKey>, now: UnixMicros) -> Vec<event_payload::ActiveModel> {
    let new = batch.iter().rev().filter(|delivery| fresh.contains(&delivery.event.key));
    let distinct: BTreeMap<&EventKey, &Delivery> = new.map(|delivery| (&delivery.event.key, delivery)).collect();
    let rows = distinct.into_values().map(|delivery| event_payload::ActiveModel {
        id: Set(delivery.event.key.id.to_string()),
        account: Set(delivery.event.key.scope.account.clone()),
        livemode: Set(delivery.event.key.scope.livemode),
        customer_id: Set(delivery.event.customer.as_ref().map(ToString::to_string)),
        body: Set(delivery.payload.clone()),
        expires_at: Set(now.plus_secs(PAYLOAD_TTL_SECS).as_micros()),
    });
    rows.collect()
}

fn event_key(row: &QueryResult) -> Result<EventKey, DbErr> {
    Ok(EventKey {
        id: subscription::EventId::new(row.try_get::<String>("", "id")?),
        scope: Scope {
            account: row.try_get("", "account")?,
            livemode: row.try_get("", "livemode")?,
        },
    })
}

fn event_row(event: &EventRecord, now: UnixMicros) -> stripe_event::ActiveModel {
    stripe_event::ActiveModel {
        id: Set(event.key.id.to_string()),
        account: Set(event.key.scope.account.clone()),
        livemode: Set(event.key.scope.livemode),
        kind: Set(event.kind.clone()),
        api_version: Set(event.api_version.clone()),
        created: Set(event.created),
        received_at: Set(now.as_micros()),
        customer_id: Set(event.customer.as_ref().map(ToString::to_string)),
        object_id: Set(event.object_id.clone()),
        outcome: Set(event.outcome.as_str().to_owned()),
        reason: Set(event.reason.clone()),
    }
}
