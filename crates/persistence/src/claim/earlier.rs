//! The earlier notices to a tenant, which rule some notices out.

use ledger::{ClaimTerms, Delay, End, NoticeState, Premise, Scope, UnixMicros};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::notices::Notice;

use super::Verdict;
use crate::StoreError;
use crate::entity::outbox;
use crate::error::at;
use crate::outbox::is_in;

/// The most earlier mails that a churn alert lists.
const MAX_TRIED: u64 = 20;

/// Decides whether earlier notices to the tenant rule this one out for now.
pub(super) async fn by_what_was_told(
    tx: &impl ConnectionTrait,
    row: &outbox::Model,
    notice: &Notice,
    terms: &ClaimTerms,
    now: UnixMicros,
) -> Result<Option<Verdict>, StoreError> {
    let scope = Scope {
        account: row.account.clone(),
        livemode: row.livemode,
    };
    if let Some(premise) = Premise::of(notice, &scope, &row.tenant_id)
        && !was_told(tx, row, &premise).await?
    {
        return Ok(Some(Verdict::End(End::superseded(premise.reason()))));
    }
    if !notice.is_dunning() || terms.min_interval_secs == 0 || row.transmitted_at.is_some() {
        return Ok(None);
    }
    let last: Option<i64> = about_paying(row)
        .select_only()
        .column(outbox::Column::TransmittedAt)
        .filter(outbox::Column::Kind.is_in(Delay::DUNNING))
        .order_by_desc(outbox::Column::TransmittedAt)
        .into_tuple()
        .one(tx)
        .await
        .map_err(at("look for the last dunning mail"))?;
    let delay = last.and_then(|last| Delay::after_dunning(UnixMicros::new(last), terms, now));
    Ok(delay.map(Verdict::Wait))
}

/// Selects the tenant's other notices that may have been read.
fn about_paying(row: &outbox::Model) -> sea_orm::Select<outbox::Entity> {
    outbox::Entity::find()
        .filter(outbox::Column::TenantId.eq(row.tenant_id.as_str()))
        .filter(outbox::Column::Id.ne(row.id))
        .filter(outbox::Column::TransmittedAt.is_not_null())
        .filter(
            Condition::any()
                .add(is_in(NoticeState::TOLD))
                .add(outbox::Column::DeliveredTo.ne("[]")),
        )
}

/// Returns true if the tenant was told the premise. Only those who were told of something need to hear that it is over.
async fn was_told(tx: &impl ConnectionTrait, row: &outbox::Model, premise: &Premise) -> Result<bool, StoreError> {
    let told = match premise {
        Premise::Failure => about_paying(row)
            .filter(outbox::Column::InvoiceId.eq(row.invoice_id.clone()))
            .filter(outbox::Column::Audience.eq("customer")),
        Premise::TakenBack { dedupe_key } => about_paying(row).filter(outbox::Column::DedupeKey.eq(dedupe_key.as_str())),
    };
    let told = told.one(tx).await.map_err(at("look for what was told before"))?;
    Ok(told.is_some())
}

/// Returns the earlier notices to the tenant about paying, the latest first.
pub(super) async fn told_before(tx: &impl ConnectionTrait, row: &outbox::Model) -> Result<Vec<(String, UnixMicros)>, StoreError> {
    let rows = about_paying(row)
        .filter(outbox::Column::InvoiceId.is_not_null())
        .filter(outbox::Column::Audience.eq("customer"))
        .order_by_desc(outbox::Column::TransmittedAt)
        .limit(MAX_TRIED)
        .all(tx)
        .await
        .map_err(at("look for what was tried"))?;
    let told = rows
        .into_iter()
        .filter_map(|row| Some((row.kind, UnixMicros::new(row.transmitted_at?))));
    Ok(told.collect())
}
