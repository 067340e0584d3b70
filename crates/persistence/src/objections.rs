//! The objections of mail servers: the addresses that they suppress, and the notices of them to the admin.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Set};
use subscription::{DAY_SECS, NoticeContent, StaffNotice};

use crate::entity::{outbox, suppressed_address};
use crate::error::at;
use crate::outbox::owed_row;
use crate::{StoreError, UnixMicros};

/// The objections of the mail server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objections {
    /// Addresses that take no mail.
    pub rejections: Vec<Rejection>,
    /// The server's words, if it refused Dunlin or its mail and no address is to blame.
    pub refusal: Option<String>,
}

/// An address that takes no mail, as its mail server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The address.
    pub email: String,
    /// The server's words.
    pub reply: String,
}

/// Suppresses the addresses. Returns the notices for the admin: one for each newly suppressed address, and one for a
/// refusal.
pub(crate) async fn object(
    tx: &impl ConnectionTrait,
    notice: &outbox::Model,
    objections: &Objections,
    now: UnixMicros,
) -> Result<Vec<outbox::ActiveModel>, StoreError> {
    let mut told = Vec::new();
    for rejection in &objections.rejections {
        if suppress(tx, rejection, now).await? {
            told.push(rejected(notice, rejection, now)?);
        }
    }
    if let Some(reply) = &objections.refusal {
        told.push(refused(reply, now)?);
    }
    Ok(told)
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

pub(crate) fn rejected(notice: &outbox::Model, rejection: &Rejection, now: UnixMicros) -> Result<outbox::ActiveModel, StoreError> {
    let told = NoticeContent::Staff(StaffNotice::AddressRejected {
        email: rejection.email.clone(),
        reply: rejection.reply.clone(),
    });
    let email = rejection.email.to_lowercase();
    // An address of the SaaS's own staff belongs to no tenant.
    let tenant = if notice.audience == "customer" {
        notice.tenant_id.clone()
    } else {
        String::new()
    };
    Ok(outbox::ActiveModel {
        tenant_id: Set(tenant),
        ..owed_row(format!("team:address_rejected:{}:{email}", day_of(now)), &told, now, now)?
    })
}

fn refused(reply: &str, now: UnixMicros) -> Result<outbox::ActiveModel, StoreError> {
    let told = NoticeContent::Staff(StaffNotice::MailRefused {
        reply: reply.to_owned(),
        at: now.to_unix_seconds(),
    });
    owed_row(format!("team:mail_refused:{}", day_of(now)), &told, now, now)
}

/// Returns the number of the day, UTC, since the epoch.
fn day_of(at: UnixMicros) -> i64 {
    at.to_unix_seconds().as_secs().div_euclid(DAY_SECS)
}

/// Owes these notices, unless they are owed already.
pub(crate) async fn tell(tx: &impl ConnectionTrait, told: Vec<outbox::ActiveModel>) -> Result<(), StoreError> {
    for row in told {
        outbox::Entity::insert(row)
            .on_conflict(OnConflict::column(outbox::Column::DedupeKey).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await
            .map_err(at("tell of what the mail server objected to"))?;
    }
    Ok(())
}
