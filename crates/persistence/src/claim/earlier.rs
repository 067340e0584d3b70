//! The earlier notices to a tenant, which rule some notices out.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::Notice;

use super::{ClaimTerms, Verdict};
use crate::entity::outbox;
use crate::error::at;
use crate::{NoticeState, StoreError, UnixMicros};

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
    if matches!(notice, Notice::PaymentRecovered { .. }) && !was_told_of_failure(tx, row).await? {
        return Ok(Some(Verdict::superseded("failure_was_not_told")));
    }
    if let Some(taken_back) = notice.takes_back()
        && !was_told(tx, row, &taken_back).await?
    {
        return Ok(Some(Verdict::superseded("was_not_told")));
    }
    if !notice.is_dunning() || terms.min_interval_secs == 0 || row.transmitted_at.is_some() {
        return Ok(None);
    }
    let last: Option<i64> = about_paying(row)
        .select_only()
        .column(outbox::Column::TransmittedAt)
        .filter(outbox::Column::Kind.is_in([
            "payment_failed",
            "payment_action_required",
            "invoice_due_soon",
            "invoice_overdue",
        ]))
        .order_by_desc(outbox::Column::TransmittedAt)
        .into_tuple()
        .one(tx)
        .await
        .map_err(at("look for the last dunning mail"))?;
    let until = last.map(|last| UnixMicros::new(last).plus_secs(terms.min_interval_secs));
    Ok(until.filter(|&until| until > now).map(|until| {
        let reason = "held back: the last dunning mail to this tenant is not long ago".to_owned();
        Verdict::Wait(until, reason)
    }))
}

/// Selects the tenant's other notices that may have been read.
fn about_paying(row: &outbox::Model) -> sea_orm::Select<outbox::Entity> {
    outbox::Entity::find()
        .filter(outbox::Column::TenantId.eq(row.tenant_id.as_str()))
        .filter(outbox::Column::Id.ne(row.id))
        .filter(outbox::Column::TransmittedAt.is_not_null())
        .filter(
            Condition::any()
                .add(outbox::Column::State.is_in(NoticeState::TOLD))
                .add(outbox::Column::DeliveredTo.ne("[]")),
        )
}

/// Returns true if the tenant was told of the failure. A recovery is news only to those who know of the failure.
async fn was_told_of_failure(tx: &impl ConnectionTrait, row: &outbox::Model) -> Result<bool, StoreError> {
    let told = about_paying(row)
        .filter(outbox::Column::InvoiceId.eq(row.invoice_id.clone()))
        .filter(outbox::Column::Audience.eq("customer"))
        .one(tx)
        .await
        .map_err(at("look for what was told of the failure"))?;
    Ok(told.is_some())
}

/// Returns true if the tenant was told what this notice takes back. Only those who were told need to hear that it no
/// longer holds.
async fn was_told(tx: &impl ConnectionTrait, row: &outbox::Model, taken_back: &Notice) -> Result<bool, StoreError> {
    let of_same = |key: &str| {
        let (tenant, _) = row.dedupe_key.split_once(&format!(":{}:", row.tenant_id))?;
        Some(format!("{tenant}:{}:{key}", row.tenant_id))
    };
    let Some(dedupe_key) = of_same(&taken_back.key()) else {
        return Ok(false);
    };
    let told = about_paying(row)
        .filter(outbox::Column::DedupeKey.eq(dedupe_key))
        .one(tx)
        .await
        .map_err(at("look for what is taken back"))?;
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
