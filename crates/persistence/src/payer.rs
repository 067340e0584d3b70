//! Payers: a dispute names a payment but no customer, and a detached payment method no longer belongs to anybody.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{CustomerKey, CustomerRecord, Delivery, End, NoticeState, PayerClue, Scope, Source, Terms, Told, UnixMicros};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
    Statement,
};
use subscription::facts::Fact;
use subscription::notices::{NoticeContent, StaffNotice};
use subscription::{ChargeId, CustomerId, PaymentMethodId};

use crate::claim::end;
use crate::entity::{charge, outbox, payment_method};
use crate::error::{at, from_json};
use crate::outbox::notice_row;
use crate::rows::{Existing, Writes, is_one_of};
use crate::{Store, StoreError, customer_record};

/// Customers, by the clues to them.
#[derive(Debug, Default)]
pub(crate) struct Payers(BTreeMap<(Scope, PayerClue), CustomerKey>);

impl Payers {
    /// Finds the customers that deliveries do not name. Most deliveries name theirs.
    pub(crate) async fn find(tx: &impl ConnectionTrait, batch: &[Delivery]) -> Result<Self, StoreError> {
        let mut payers = Self::default();
        for (charge, key) in batch.iter().filter_map(Delivery::payment) {
            payers.add(PayerClue::Charge(charge.clone()), key);
        }
        let clues: BTreeSet<PayerClue> = batch.iter().filter_map(Delivery::payer_clue).collect();
        let charges: BTreeSet<&str> = clues.iter().filter_map(charge_in).map(ChargeId::as_str).collect();
        if !charges.is_empty() {
            let rows = charge::Entity::find()
                .filter(is_one_of(tx, charge::Column::Id, &charges))
                .all(tx);
            for row in rows.await.map_err(at("look for who paid"))? {
                let key = CustomerKey::new(row.customer_id, row.account, row.livemode);
                payers.add(PayerClue::Charge(ChargeId::new(row.id)), key);
            }
        }
        let methods: BTreeSet<&str> = clues
            .iter()
            .filter_map(payment_method_in)
            .map(PaymentMethodId::as_str)
            .collect();
        if !methods.is_empty() {
            let rows = payment_method::Entity::find()
                .filter(is_one_of(tx, payment_method::Column::Id, &methods))
                .all(tx);
            for row in rows.await.map_err(at("look for whose it was"))? {
                let key = CustomerKey::new(row.customer_id, row.account, row.livemode);
                payers.add(PayerClue::PaymentMethod(PaymentMethodId::new(row.id)), key);
            }
        }
        Ok(payers)
    }

    fn add(&mut self, clue: PayerClue, key: CustomerKey) {
        self.0.insert((key.scope.clone(), clue), key);
    }

    /// Returns the customer whose state or tenant a delivery can change: the one it names, or else the one that was
    /// found.
    pub(crate) fn customer_of(&self, delivery: &Delivery) -> Option<CustomerKey> {
        if !delivery.tells() {
            return None;
        }
        let found = || {
            let clue = delivery.payer_clue()?;
            self.0.get(&(delivery.event.key.scope.clone(), clue)).cloned()
        };
        delivery.named_customer().or_else(found)
    }
}

fn charge_in(clue: &PayerClue) -> Option<&ChargeId> {
    match clue {
        PayerClue::Charge(id) => Some(id),
        PayerClue::PaymentMethod(_) => None,
    }
}

fn payment_method_in(clue: &PayerClue) -> Option<&PaymentMethodId> {
    match clue {
        PayerClue::PaymentMethod(id) => Some(id),
        PayerClue::Charge(_) => None,
    }
}

/// A dispute that came before its payment. Its notice names nobody.
pub(crate) struct Unclaimed {
    notice_id: i64,
    pub(crate) payer: CustomerKey,
}

/// Returns the disputes that waited for the payments of these deliveries, as long as the admin has not been told.
/// Deliveries of a payment and of its dispute take turns, so that one of them finds what the other wrote.
pub(crate) async fn unclaimed_by<'a>(
    tx: &impl ConnectionTrait,
    deliveries: impl Iterator<Item = &'a Delivery> + Clone,
) -> Result<Vec<Unclaimed>, StoreError> {
    let clues: BTreeSet<PayerClue> = deliveries.clone().filter_map(Delivery::payer_clue).collect();
    let payments: BTreeMap<&ChargeId, CustomerKey> = deliveries.filter_map(Delivery::payment).collect();
    let disputed = clues.iter().filter_map(charge_in);
    let charges = payments.keys().copied().chain(disputed).map(ChargeId::as_str);
    take_turns(tx, &charges.collect()).await?;
    if payments.is_empty() {
        return Ok(Vec::new());
    }
    let rows = waiting().all(tx).await.map_err(at("look for disputes of nobody"))?;
    let mut found = Vec::new();
    for row in rows {
        if let NoticeContent::Staff(StaffNotice::UnknownPayer(unknown)) = from_json("notice", &row.notice)?
            && let Some(payer) = payments.get(&unknown.dispute.charge)
            && (row.account.as_str(), row.livemode) == (payer.scope.account.as_str(), payer.scope.livemode)
        {
            found.push(Unclaimed {
                notice_id: row.id,
                payer: payer.clone(),
            });
        }
    }
    Ok(found)
}

/// Takes a lock for each payment. SQLite needs none, because it has one writer at a time.
async fn take_turns(tx: &impl ConnectionTrait, charges: &BTreeSet<&str>) -> Result<(), StoreError> {
    const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended(charge, 0)) FROM unnest($1::text[]) AS charge";
    if charges.is_empty() || tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let charges: Vec<String> = charges.iter().map(|&charge| charge.to_owned()).collect();
    let lock = Statement::from_sql_and_values(DbBackend::Postgres, LOCK, [charges.into()]);
    let taken = tx.query_all_raw(lock).await;
    taken.map(drop).map_err(at("take turns about a payment"))
}

/// Selects the notices of disputes that name nobody.
fn waiting() -> Select<outbox::Entity> {
    use outbox::Column;
    outbox::Entity::find()
        .filter(Column::State.eq(NoticeState::Pending.as_str()))
        .filter(Column::TenantId.eq(""))
        .filter(Column::Kind.is_in(["dispute_alert", "early_fraud_warning_alert"]))
        .order_by_asc(Column::Id)
}

impl Unclaimed {
    /// Lets the payer learn of the dispute. If a tenant is bound to the payer, its notice replaces the one about the
    /// payment alone. Returns `false` if the admin was told meanwhile.
    pub(crate) async fn claim(
        &self,
        tx: &impl ConnectionTrait,
        record: &mut CustomerRecord,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<bool, StoreError> {
        let row = outbox::Entity::find_by_id(self.notice_id).lock_exclusive().one(tx);
        let row = row.await.map_err(at("read the notice"))?;
        let Some(row) = row.filter(|row| row.state == NoticeState::Pending.as_str()) else {
            return Ok(false);
        };
        let NoticeContent::Staff(StaffNotice::UnknownPayer(unknown)) = from_json("notice", &row.notice)? else {
            return Ok(false);
        };
        let facts = [Fact::Dispute {
            id: unknown.id,
            dispute: unknown.dispute,
        }];
        let told = Told {
            event: None,
            facts: &facts,
            source: Source::Webhook,
        };
        record.learn(&self.payer, told, terms, now);
        if record.tenant().is_some() {
            end(tx, row, End::superseded("payer_found"), now).await?;
        }
        Ok(true)
    }
}

/// Stores the customers of these payments.
pub(crate) fn keep<'a>(
    writes: &mut Writes<'_, impl ConnectionTrait>,
    deliveries: impl Iterator<Item = &'a Delivery>,
    now: UnixMicros,
) -> Result<(), StoreError> {
    let rows: BTreeMap<&ChargeId, charge::ActiveModel> = deliveries
        .filter_map(Delivery::payment)
        .map(|(charge, key)| (charge, charge_row(charge, &key, now)))
        .collect();
    add(writes, rows.into_values().collect(), "keep whose payments these were")
}

fn charge_row(charge: &ChargeId, key: &CustomerKey, now: UnixMicros) -> charge::ActiveModel {
    charge::ActiveModel {
        id: Set(charge.as_str().to_owned()),
        account: Set(key.scope.account.clone()),
        livemode: Set(key.scope.livemode),
        customer_id: Set(key.id.to_string()),
        told_at: Set(now.as_micros()),
    }
}

/// Owes the admin notices of disputed payments whose payers are unknown.
pub(crate) fn tell_of_unknown<'a>(
    writes: &mut Writes<'_, impl ConnectionTrait>,
    deliveries: impl Iterator<Item = &'a Delivery>,
    hold_secs: i64,
    now: UnixMicros,
) -> Result<(), StoreError> {
    let mut rows: BTreeMap<String, outbox::ActiveModel> = BTreeMap::new();
    for delivery in deliveries {
        for notice in delivery.disputes_of_nobody(hold_secs, now) {
            rows.insert(notice.dedupe_key.clone(), notice_row(notice)?);
        }
    }
    add(writes, rows.into_values().collect(), "tell of a disputed payment")
}

fn add<A: ActiveModelTrait>(
    writes: &mut Writes<'_, impl ConnectionTrait>,
    rows: Vec<A>,
    step: &'static str,
) -> Result<(), StoreError> {
    writes.add(rows, Existing::Keep).map_err(at(step))
}

/// A disputed payment whose payer is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnclaimedCharge {
    /// The number of the notice about the dispute.
    pub notice_id: i64,
    /// The payment.
    pub charge: ChargeId,
    /// The account and mode of the payment.
    pub scope: Scope,
}

impl Store {
    /// Lists disputed payments of this account and mode whose payers are unknown, as long as the admin has not been
    /// told, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unclaimed_charges(&self, scope: &Scope, limit: u64) -> Result<Vec<UnclaimedCharge>, StoreError> {
        let rows = waiting()
            .filter(outbox::Column::Livemode.eq(scope.livemode))
            .limit(limit)
            .all(&self.reading().await?)
            .await
            .map_err(at("look for payments of nobody"))?;
        let mut found = Vec::new();
        for row in rows {
            if let NoticeContent::Staff(StaffNotice::UnknownPayer(unknown)) = from_json("notice", &row.notice)? {
                found.push(UnclaimedCharge {
                    notice_id: row.id,
                    charge: unknown.dispute.charge,
                    scope: Scope {
                        account: row.account,
                        livemode: row.livemode,
                    },
                });
            }
        }
        Ok(found)
    }

    /// Names the customer of a payment. The payment's dispute becomes that customer's. If a tenant is bound to the
    /// customer, its notice replaces the one about the payment alone.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing has changed.
    pub async fn name_payer(&self, unclaimed: &UnclaimedCharge, customer: &CustomerId, now: UnixMicros) -> Result<(), StoreError> {
        self.retrying(|| self.try_name_payer(unclaimed, customer, now)).await
    }

    async fn try_name_payer(&self, unclaimed: &UnclaimedCharge, customer: &CustomerId, now: UnixMicros) -> Result<(), StoreError> {
        let key = CustomerKey {
            id: customer.clone(),
            scope: unclaimed.scope.clone(),
        };
        let tx = self.begin().await?;
        let mut records = customer_record::lock(&tx, &BTreeSet::from([key.clone()]), &self.terms, &self.cache).await?;
        let record = &mut records.get_mut(&key).ok_or(StoreError::Conflict)?.record;
        let waiting = Unclaimed {
            notice_id: unclaimed.notice_id,
            payer: key.clone(),
        };
        if !waiting.claim(&tx, record, &self.terms, now).await? {
            return Ok(());
        }
        let mut writes = Writes::new(&tx);
        let charge = charge_row(&unclaimed.charge, &key, now);
        add(&mut writes, vec![charge], "keep whose payment it was")?;
        customer_record::save(writes, &mut records, now).await?;
        self.commit(tx).await?;
        customer_record::keep(&self.cache, records);
        Ok(())
    }
}
