//! Bringing up to date what older rules made of the facts.
//!
//! What is stored of a customer beside its facts is what the rules of its time made of them. Where the rules are mended, the same
//! facts come to something else; and a newer version reads more of an event than an older one did. So each customer is folded anew
//! once, with the events whose bodies are kept read again. That tells nobody anything: no notice is owed for what was so before, and
//! the next change is measured against what the facts come to by the new rules.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use subscription::Fact;

use crate::entity::customer;
use crate::error::at;
use crate::rows::Writes;
use crate::{CustomerKey, ReceivedEvent, Store, StoreError, UnixMicros, dossier};

/// The rules by which a customer is folded now. It grows with every version that concludes something else from the same facts.
pub(crate) const RULES: i64 = 1;

/// How many customers are folded in one unit of work.
const AT_ONCE: u64 = 200;

impl Store {
    /// Folds every customer anew that older rules folded last; how many there were. `read` says what an event told, by its compressed
    /// body. Several instances may do so at once.
    ///
    /// # Errors
    /// [`StoreError`]; then it is begun again where it was left.
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
                let events = self.bodies_of(key).await?;
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
        let mut dossiers = dossier::load(&tx, &keys, &self.terms, None).await?;
        for (key, dossier) in &mut dossiers {
            let retold = told.get(key).cloned().unwrap_or_default();
            dossier.refold(key, retold, &self.terms, now)?;
        }
        dossier::save(Writes::new(&tx), &mut dossiers, now).await?;
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
