//! Objections of mail servers: the suppressed addresses, and the notices of them to the admin.

use ledger::{NewNotice, Objections, Rejection, UnixMicros};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Set};
use subscription::TenantId;

use crate::StoreError;
use crate::entity::{outbox, suppressed_address};
use crate::error::at;

/// Suppresses the addresses. Returns the notices for the admin: one for each newly suppressed address, and one for a
/// refusal.
pub(crate) async fn object(
    tx: &impl ConnectionTrait,
    notice: &outbox::Model,
    objections: &Objections,
    now: UnixMicros,
) -> Result<Vec<NewNotice>, StoreError> {
    let mut owed = Vec::new();
    for rejection in &objections.rejections {
        if suppress(tx, rejection, now).await? {
            owed.push(rejection.notice(tenant_addressed(notice), now));
        }
    }
    owed.extend(objections.notice_of_refusal(now));
    Ok(owed)
}

/// Returns the tenant whose contacts a notice is for. A notice to the SaaS's own staff is for none.
pub(crate) fn tenant_addressed(notice: &outbox::Model) -> Option<TenantId> {
    let tenant = TenantId::parse(&notice.tenant_id).ok();
    tenant.filter(|_| notice.audience == "customer")
}

/// Suppresses an address. Returns true if it was not suppressed before.
pub(crate) async fn suppress(tx: &impl ConnectionTrait, rejection: &Rejection, now: UnixMicros) -> Result<bool, StoreError> {
    let address = suppressed_address::ActiveModel {
        email: Set(rejection.email.to_lowercase()),
        reply: Set(rejection.reply.clone()),
        since: Set(now.as_micros()),
    };
    let known = OnConflict::column(suppressed_address::Column::Email).do_nothing().to_owned();
    let inserted = suppressed_address::Entity::insert(address)
        .on_conflict(known)
        .exec_without_returning(tx)
        .await
        .map_err(at("suppress an address"))?;
    Ok(inserted > 0)
}
