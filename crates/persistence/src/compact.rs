//! Compaction: facts that are past all of Stripe's retries are folded into one for each subscription.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use subscription::DAY_SECS;
use subscription::facts::{Facts, SubscriptionFact};
use subscription::{SubscriptionId, UnixSeconds};

use crate::customer_record::{self, fact_key, fact_row};
use crate::entity::{customer, subscription_fact};
use crate::error::at;
use crate::rows::is_one_of;
use crate::{CustomerKey, Store, StoreError, UnixMicros};

/// A customer that has subscriptions with many old facts, so that compaction is worth its lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactionCandidate {
    /// The customer's key.
    pub customer: CustomerKey,
    subscriptions: BTreeSet<SubscriptionId>,
}

/// The age, in seconds, from which facts are compacted: past every retry, and past the 30 days for which Stripe lists
/// events.
const HORIZON_SECS: i64 = 35 * DAY_SECS;
/// The number of customers checked in one go.
const LOOKED_AT: u64 = 256;
/// The most old facts that a subscription may keep. Compacting so few is not worth its customer's lock.
const HANDFUL: i64 = 4;

/// The change that a baseline is recorded under, because it sums up many. A full load of the customer finds it, and
/// after a compaction every load is a full one (`count_change`).
const FIRST_CHANGE: i64 = 1;

impl Store {
    /// Checks the customers after `after`, in the order of their keys, and returns those that have many facts older
    /// than 35 days. It also returns the last customer it checked, where the next call continues, or `None` once all
    /// are checked. It takes no lock.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn compaction_candidates(
        &self,
        after: Option<&CustomerKey>,
        now: UnixMicros,
    ) -> Result<(Vec<CompactionCandidate>, Option<CustomerKey>), StoreError> {
        let keys = self.customers(after, LOOKED_AT).await?;
        let candidates = self.candidates_among(&keys, horizon(now)).await?;
        Ok((candidates, keys.last().cloned()))
    }

    /// Compacts the old facts of these customers. Returns the number of facts removed. The unit of work is short: a
    /// caller with many customers passes a few at a time, and lets deliveries in between.
    ///
    /// No answer changes by it, but a customer's `version` does, because the stored rows differ.
    ///
    /// # Errors
    /// [`StoreError`]. Then none of these customers is compacted.
    pub async fn compact_facts(&self, candidates: &[CompactionCandidate], now: UnixMicros) -> Result<u64, StoreError> {
        self.retrying(|| self.try_compact(candidates, horizon(now))).await
    }

    /// Returns those of these customers that have subscriptions with more than a handful of old facts.
    async fn candidates_among(&self, keys: &[CustomerKey], horizon: UnixSeconds) -> Result<Vec<CompactionCandidate>, StoreError> {
        use subscription_fact::Column;
        let ids: BTreeSet<&str> = keys.iter().map(|key| key.id.as_str()).collect();
        let reading = self.reading().await?;
        let rows: Vec<(String, String, bool, String)> = subscription_fact::Entity::find()
            .select_only()
            .columns([Column::CustomerId, Column::Account, Column::Livemode, Column::SubscriptionId])
            .filter(is_one_of(&reading, Column::CustomerId, &ids))
            .filter(Column::Created.lte(horizon.as_secs()))
            .group_by(Column::CustomerId)
            .group_by(Column::Account)
            .group_by(Column::Livemode)
            .group_by(Column::SubscriptionId)
            .having(Column::Id.count().gt(HANDFUL))
            .into_tuple()
            .all(&reading)
            .await
            .map_err(at("count the facts"))?;
        let mut candidates: BTreeMap<CustomerKey, BTreeSet<SubscriptionId>> = BTreeMap::new();
        for (id, account, livemode, subscription) in rows {
            let key = CustomerKey::new(id, account, livemode);
            candidates.entry(key).or_default().insert(SubscriptionId::new(subscription));
        }
        let candidates = candidates
            .into_iter()
            .map(|(customer, subscriptions)| CompactionCandidate { customer, subscriptions });
        Ok(candidates.collect())
    }

    async fn try_compact(&self, candidates: &[CompactionCandidate], horizon: UnixSeconds) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let keys = candidates.iter().map(|candidate| candidate.customer.clone()).collect();
        let records = customer_record::load(&tx, &keys, &self.terms, None).await?;
        let mut folded_away = 0;
        for CompactionCandidate {
            customer: key,
            subscriptions,
        } in candidates
        {
            let Some(record) = records.get(key).map(|stored| &stored.record) else {
                continue;
            };
            let compacted = record.customer().compacted(horizon);
            if compacted.standing_under(&self.terms.policy) != *record.standing() {
                // This cannot happen by a theorem, and tests show it. But a deletion cannot be undone.
                tracing::error!(customer.id = %key.id, "compacting its facts would change a customer, so they stay");
                continue;
            }
            let mut of_customer = 0;
            for id in subscriptions {
                if let Some((before, after)) = record.customer().facts(id).zip(compacted.facts(id)) {
                    of_customer += replace(&tx, key, id, before, after, horizon).await?;
                }
            }
            if of_customer > 0 {
                count_change(&tx, key).await?;
            }
            folded_away += of_customer;
        }
        self.commit(tx).await?;
        Ok(folded_away)
    }
}

/// Returns the last second that counts as old.
fn horizon(now: UnixMicros) -> UnixSeconds {
    now.plus_secs(-HORIZON_SECS).to_unix_seconds()
}

/// Deletes a subscription's old facts except those that remain facts of it, and adds the baseline. Returns the number
/// of facts removed.
async fn replace(
    tx: &impl ConnectionTrait,
    key: &CustomerKey,
    id: &SubscriptionId,
    before: &Facts,
    after: &Facts,
    horizon: UnixSeconds,
) -> Result<u64, StoreError> {
    use subscription_fact::Column;
    let fresh = after.baseline().filter(|&baseline| before.baseline() != Some(baseline));
    let is_replaced = |fact: &SubscriptionFact| matches!(fact, SubscriptionFact::Baseline(_)) && fresh.is_some();
    let kept = after.iter().filter(|fact| !is_replaced(fact)).map(|fact| fact_key(&fact));
    let kept_and_old = kept.filter(|(_, created)| *created <= horizon).map(|(id, _)| id);
    let deleted = subscription_fact::Entity::delete_many()
        .filter(Column::CustomerId.eq(key.id.as_str()))
        .filter(Column::Account.eq(key.scope.account.as_str()))
        .filter(Column::Livemode.eq(key.scope.livemode))
        .filter(Column::SubscriptionId.eq(id.as_str()))
        .filter(Column::Created.lte(horizon.as_secs()))
        .filter(Column::Id.is_not_in(kept_and_old))
        .exec(tx)
        .await
        .map_err(at("delete old facts"))?
        .rows_affected;
    let Some(baseline) = fresh else {
        return Ok(deleted);
    };
    let row = fact_row(key, id, &SubscriptionFact::Baseline(Box::new(baseline.clone())), FIRST_CHANGE)?;
    subscription_fact::Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .map_err(at("add a baseline"))?;
    Ok(deleted.saturating_sub(1))
}

/// Counts the compaction as a change, and marks no earlier one. An instance that has cached the customer remembers
/// facts that are no longer stored, and must load it in full.
async fn count_change(tx: &impl ConnectionTrait, key: &CustomerKey) -> Result<(), StoreError> {
    use customer::Column;
    let counted = customer::Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(
            Condition::all()
                .add(Column::Id.eq(key.id.as_str()))
                .add(Column::Account.eq(key.scope.account.as_str()))
                .add(Column::Livemode.eq(key.scope.livemode)),
        )
        .exec(tx)
        .await
        .map_err(at("count the customers' changes"))?;
    if counted.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}
