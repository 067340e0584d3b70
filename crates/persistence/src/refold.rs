//! Bringing up to date what older rules made of the facts.
//!
//! What is stored of a customer beside its facts is what the rules of its time made of them. Where the rules are mended, the same
//! facts come to something else. So each customer is folded anew once. That tells nobody anything: no notice is owed for what was
//! so before, and the next change is measured against what the facts come to by the new rules.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::customer;
use crate::error::at;
use crate::rows::Writes;
use crate::{CustomerKey, Store, StoreError, UnixMicros, dossier};

/// The rules by which a customer is folded now. It grows with every version that concludes something else from the same facts.
pub(crate) const RULES: i64 = 1;

/// How many customers are folded in one unit of work.
const AT_ONCE: u64 = 200;

impl Store {
    /// Folds every customer anew that older rules folded last; how many there were. Several instances may do so at once.
    ///
    /// # Errors
    /// [`StoreError`]; then it is begun again where it was left.
    pub async fn refold(&self, now: UnixMicros) -> Result<u64, StoreError> {
        let mut refolded = 0;
        loop {
            let some = self.retrying(|| self.try_refold(now)).await?;
            if some == 0 {
                return Ok(refolded);
            }
            refolded += some;
        }
    }

    async fn try_refold(&self, now: UnixMicros) -> Result<u64, StoreError> {
        use customer::Column;
        let tx = self.begin().await?;
        let rows = customer::Entity::find()
            .filter(Column::FoldedBy.lt(RULES))
            .order_by_asc(Column::Id)
            .order_by_asc(Column::Account)
            .order_by_asc(Column::Livemode)
            .limit(AT_ONCE)
            .all(&tx)
            .await
            .map_err(at("look for what older rules folded"))?;
        let keys: BTreeSet<CustomerKey> = rows
            .into_iter()
            .map(|row| CustomerKey::of_row(row.id, row.account, row.livemode))
            .collect();
        if keys.is_empty() {
            return Ok(0);
        }
        let mut dossiers = dossier::load(&tx, &keys, &self.terms, None).await?;
        for (key, dossier) in &mut dossiers {
            dossier.refold(key, now)?;
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
        self.commit(tx).await?;
        Ok(keys.len() as u64)
    }
}
