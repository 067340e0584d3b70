//! Refolding: an update of the state that older rules folded from the facts.
//!
//! The stored state of a customer is the fold of its facts by the rules of its time. Corrected rules fold the same
//! facts into something else, and a newer version reads more of an event than an older one did. So each customer is
//! refolded once, and the events whose bodies are kept are read again. That owes no notice for the past. The next
//! change is measured against the new fold.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use subscription::facts::Fact;

use crate::entity::customer;
use crate::error::at;
use crate::rows::Writes;
use crate::rules::RULES;
use crate::{CustomerKey, ReceivedEvent, Store, StoreError, UnixMicros, customer_record};

/// The number of customers folded in one unit of work.
const AT_ONCE: u64 = 200;

impl Store {
    /// Refolds every customer whose last fold used older rules. Returns their number. `read` returns an event's
    /// facts from its compressed body. Several instances may do this at once.
    ///
    /// # Errors
    /// [`StoreError`]. Then the next call continues where this one stopped.
    pub async fn refold(&self, read: impl Fn(&ReceivedEvent, &[u8]) -> Vec<Fact>, now: UnixMicros) -> Result<u64, StoreError> {
        let (mut refolded, mut after) = (0, None);
        loop {
            let by_older_rules = customer::Column::FoldedBy.lt(RULES);
            let keys = self.customers_where(by_older_rules, after.as_ref(), AT_ONCE).await?;
            let Some(last) = keys.last().cloned() else {
                return Ok(refolded);
            };
            let mut told = BTreeMap::new();
            for key in &keys {
                let events = self.inbox().bodies_of(key).await?;
                let facts = events.iter().flat_map(|(received, body)| read(received, body));
                told.insert(key.clone(), facts.collect());
            }
            self.retrying(|| self.try_refold(&told, now)).await?;
            refolded += keys.len() as u64;
            after = Some(last);
        }
    }

    async fn try_refold(&self, told: &BTreeMap<CustomerKey, Vec<Fact>>, now: UnixMicros) -> Result<(), StoreError> {
        use customer::Column;
        let keys: BTreeSet<CustomerKey> = told.keys().cloned().collect();
        let tx = self.begin().await?;
        let mut records = customer_record::load(&tx, &keys, &self.terms, None).await?;
        for (key, stored) in &mut records {
            let retold = told.get(key).cloned().unwrap_or_default();
            stored.record.refold(key, retold, &self.terms, now);
        }
        customer_record::save(Writes::new(&tx), &mut records, now).await?;
        for key in &keys {
            customer::Entity::update_many()
                .col_expr(Column::FoldedBy, Expr::value(RULES))
                .filter(Column::Id.eq(key.id.as_str()))
                .filter(Column::Account.eq(key.scope.account.as_str()))
                .filter(Column::Livemode.eq(key.scope.livemode))
                .exec(&tx)
                .await
                .map_err(at("mark what is folded anew"))?;
        }
        self.commit(tx).await
    }
}
