//! Compaction: facts that are past every retry of Stripe's are folded into one for each subscription.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use subscription::{Facts, SubscriptionFact, SubscriptionId, UnixSeconds};

use crate::dossier::{self, fact_key, fact_row};
use crate::entity::{customer, subscription_fact};
use crate::error::at;
use crate::rows::is_one_of;
use crate::{CustomerKey, Store, StoreError, UnixMicros};

/// A customer that has subscriptions with many old facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowded {
    /// Which.
    pub customer: CustomerKey,
    subscriptions: BTreeSet<SubscriptionId>,
}

/// Facts older than this are compacted: past every retry, and past the 30 days for which Stripe lists events.
const HORIZON_SECS: i64 = 35 * 24 * 60 * 60;
/// Customers looked at in one go.
const LOOKED_AT: u64 = 256;
/// A subscription with no more than so many old facts is left alone: it is not worth its customer's lock.
const HANDFUL: i64 = 4;

/// The change that a baseline is said to have come with, since it was summed up from many: whoever loads a customer whole finds it,
/// and after a compaction everybody does (`count_change`).
const FIRST_CHANGE: i64 = 1;

impl Store {
    /// Looks at some customers, in the order of their keys from the one after `after`: which of them have many facts that are older
    /// than 35 days; and the last that was looked at, where the next look begins. `None`: all were. Looking takes no lock.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn crowded(
        &self,
        after: Option<&CustomerKey>,
        now: UnixMicros,
    ) -> Result<(Vec<Crowded>, Option<CustomerKey>), StoreError> {
        let keys = self.customers(after, LOOKED_AT).await?;
        let crowded = self.crowded_of(&keys, horizon(now)).await?;
        Ok((crowded, keys.last().cloned()))
    }

    /// Compacts the old facts of these customers; how many fewer there are. A short unit of work: whoever has many to compact takes
    /// a few at a time, and lets deliveries in between.
    ///
    /// Nothing that is answered changes by it, but a customer's `version` does: what is stored of it is not what it was.
    ///
    /// # Errors
    /// [`StoreError`]; then none of these is compacted.
    pub async fn compact_facts(&self, crowded: &[Crowded], now: UnixMicros) -> Result<u64, StoreError> {
        self.retrying(|| self.try_compact(crowded, horizon(now))).await
    }

    /// Those of these customers that have subscriptions with more than a handful of old facts.
    async fn crowded_of(&self, keys: &[CustomerKey], horizon: UnixSeconds) -> Result<Vec<Crowded>, StoreError> {
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
        let mut crowded: BTreeMap<CustomerKey, BTreeSet<SubscriptionId>> = BTreeMap::new();
        for (id, account, livemode, subscription) in rows {
            let key = CustomerKey::of_row(id, account, livemode);
            crowded.entry(key).or_default().insert(SubscriptionId::new(subscription));
        }
        let crowded = crowded
            .into_iter()
            .map(|(customer, subscriptions)| Crowded { customer, subscriptions });
        Ok(crowded.collect())
    }

    async fn try_compact(&self, crowded: &[Crowded], horizon: UnixSeconds) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let keys = crowded.iter().map(|crowded| crowded.customer.clone()).collect();
        let dossiers = dossier::load(&tx, &keys, &self.terms, None).await?;
        let mut folded_away = 0;
        for Crowded {
            customer: key,
            subscriptions,
        } in crowded
        {
            let Some(dossier) = dossiers.get(key) else {
                continue;
            };
            let compacted = dossier.customer.compacted(horizon);
            if compacted.standing_under(&self.terms.policy) != dossier.standing {
                // That it cannot be is a theorem, and shown by tests. But what is deleted does not come back.
                tracing::error!(customer.id = %key.id, "compacting its facts would change a customer, so they stay");
                continue;
            }
            let mut of_customer = 0;
            for id in subscriptions {
                if let Some((before, after)) = dossier.customer.facts(id).zip(compacted.facts(id)) {
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

/// The last second of what is old.
fn horizon(now: UnixMicros) -> UnixSeconds {
    now.plus_secs(-HORIZON_SECS).to_unix_seconds()
}

/// Deletes the old facts of a subscription but those that are still facts of it, and adds the baseline; how many fewer there are.
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

/// Whoever remembers the customer remembers what is no longer stored: so this change is counted, and none is marked up to it.
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
        Err(StoreError::Overtaken)
    }
}
