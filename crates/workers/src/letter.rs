//! The letter for a claimed notice.

use mail::{Addressee, Background, EarlierMail, Letter};
use persistence::{Claim, UnixMicros};
use subscription::{Audience, NoticeContent};

use crate::context::NotifierContext;

/// Writes the letter for a claimed notice, or returns the reason why it cannot be written.
pub(crate) fn write_letter(context: &NotifierContext, claim: &Claim) -> Result<Letter, String> {
    let tenant = claim.tenant.as_ref();
    let is_ours = claim.content.audience() != Audience::Customer;
    let to = Addressee {
        tenant_id: tenant.map_or("", |tenant| tenant.id.as_str()),
        tenant_name: tenant.map_or("", |tenant| tenant.name.as_str()),
        locale: tenant.filter(|_| !is_ours).map_or("en", |tenant| tenant.locale.as_str()),
        timezone: tenant.filter(|_| !is_ours).map_or("UTC", |tenant| tenant.timezone.as_str()),
    };
    let background = Background {
        access_until: claim
            .access
            .as_ref()
            .filter(|access| access.allowed)
            .and_then(|access| access.valid_until),
        earlier_mails: claim.tried.iter().map(|(kind, at)| earlier_mail(kind, *at)).collect(),
        pay_link: match &claim.content {
            NoticeContent::Notice(notice) => context.pay_link(tenant, notice),
            NoticeContent::Staff(_) => None,
        },
    };
    let written = context.letters.write(&claim.content, &to, &background);
    written.map_err(|error| {
        tracing::error!(
            notice.id = claim.lease.notice_id,
            error = &error as &dyn std::error::Error,
            "a letter cannot be written"
        );
        format!("the letter cannot be written: {error}")
    })
}

fn earlier_mail(kind: &str, at: UnixMicros) -> EarlierMail {
    EarlierMail {
        kind: kind.to_owned(),
        at: at.to_unix_seconds(),
    }
}
