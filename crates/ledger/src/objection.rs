//! Objections of mail servers, and the notices of them to the admin.

use subscription::notices::StaffNotice;
use subscription::{DAY_SECS, TenantId};

use crate::{NewNotice, UnixMicros};

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

impl Rejection {
    /// Returns the admin's notice of it, once a day for an address. `tenant` is the tenant whose contact has the
    /// address; an address of the SaaS's own staff belongs to none.
    pub fn notice(&self, tenant: Option<TenantId>, now: UnixMicros) -> NewNotice {
        let told = StaffNotice::AddressRejected {
            email: self.email.clone(),
            reply: self.reply.clone(),
        };
        let dedupe_key = format!("team:address_rejected:{}:{}", day_of(now), self.email.to_lowercase());
        NewNotice {
            tenant,
            ..NewNotice::to_staff(dedupe_key, told, now, now)
        }
    }
}

impl Objections {
    /// Returns the admin's notice of a refusal, once a day.
    pub fn notice_of_refusal(&self, now: UnixMicros) -> Option<NewNotice> {
        let told = StaffNotice::MailRefused {
            reply: self.refusal.clone()?,
            at: now.to_unix_seconds(),
        };
        Some(NewNotice::to_staff(
            format!("team:mail_refused:{}", day_of(now)),
            told,
            now,
            now,
        ))
    }
}

/// Returns the number of the day, UTC, since the epoch.
fn day_of(at: UnixMicros) -> i64 {
    at.to_unix_seconds().as_secs().div_euclid(DAY_SECS)
}
