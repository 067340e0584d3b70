//! The letter for a claimed notice.

use mail::{Addressee, Background, EarlierMail, Letter};
use persistence::{Claim, Tenant, UnixMicros};
use subscription::UnixSeconds;
use subscription::access::Access;
use subscription::notices::{Audience, NoticeContent};

use crate::context::NotifierContext;

/// Writes the letter for a claimed notice, or returns the reason why it cannot be written.
pub(crate) fn write_letter(context: &NotifierContext, claim: &Claim) -> Result<Letter, String> {
    let tenant = claim.tenant.as_ref();
    let to = addressee(tenant, claim.content.audience());
    let background = Background {
        access_until: access_until(claim.access.as_ref()),
        earlier_mails: earlier_mails(&claim.tried),
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

/// Returns the addressee. A letter to staff is in English and in UTC, whatever the tenant that it is about reads.
fn addressee(tenant: Option<&Tenant>, audience: Audience) -> Addressee<'_> {
    let reader = tenant.filter(|_| audience == Audience::Customer);
    Addressee {
        tenant_id: tenant.map_or("", |tenant| tenant.record.id.as_str()),
        tenant_name: tenant.map_or("", |tenant| tenant.record.name.as_str()),
        locale: reader.map_or("en", |tenant| tenant.record.locale.as_str()),
        timezone: reader.map_or("UTC", |tenant| tenant.record.timezone.as_str()),
    }
}

/// Returns the end of the tenant's access, if there is access and it will end.
fn access_until(access: Option<&Access>) -> Option<UnixSeconds> {
    access.filter(|access| access.allowed).and_then(|access| access.valid_until)
}

fn earlier_mails(tried: &[(String, UnixMicros)]) -> Vec<EarlierMail> {
    let earlier_mail = |(kind, at): &(String, UnixMicros)| EarlierMail {
        kind: kind.clone(),
        at: at.to_unix_seconds(),
    };
    tried.iter().map(earlier_mail).collect()
}

#[cfg(test)]
mod tests {
    use subscription::TenantId;
    use subscription::access::{Policy, access};
    use subscription::state::CustomerState;

    use super::*;
    use persistence::TenantRecord;

    fn tenant() -> Tenant {
        Tenant {
            record: TenantRecord {
                name: "Acme".to_owned(),
                locale: "da-DK".to_owned(),
                timezone: "Europe/Copenhagen".to_owned(),
                ..TenantRecord::new(TenantId::parse("acme").unwrap(), UnixMicros::new(0))
            },
            state: CustomerState::default(),
            contacts: Vec::new(),
        }
    }

    /// Checks whom a letter about this tenant addresses, as id, name, locale and time zone.
    fn check(tenant: Option<&Tenant>, audience: Audience, expected: [&str; 4]) {
        let to = addressee(tenant, audience);
        assert_eq!([to.tenant_id, to.tenant_name, to.locale, to.timezone], expected);
    }

    #[test]
    fn a_customer_reads_their_own_language_and_staff_english_about_the_same_tenant() {
        let tenant = tenant();
        check(
            Some(&tenant),
            Audience::Customer,
            ["acme", "Acme", "da-DK", "Europe/Copenhagen"],
        );
        for staff in [Audience::Admin, Audience::Sales] {
            check(Some(&tenant), staff, ["acme", "Acme", "en", "UTC"]);
            check(None, staff, ["", "", "en", "UTC"]);
        }
    }

    #[test]
    fn only_access_that_is_given_has_an_end() {
        let end = Some(UnixSeconds::new(60));
        let refused = Access {
            valid_until: end,
            ..access(&CustomerState::default(), &Policy::default(), UnixSeconds::new(0))
        };
        assert!(!refused.allowed, "there is no subscription");
        let given = Access {
            allowed: true,
            ..refused.clone()
        };
        assert_eq!((access_until(Some(&given)), access_until(Some(&refused))), (end, None));
        assert_eq!(access_until(None), None);
    }

    #[test]
    fn earlier_mails_keep_their_order_and_their_second() {
        let tried = [
            ("access_suspended".to_owned(), UnixMicros::new(7_900_000)),
            ("payment_failed".to_owned(), UnixMicros::new(3_000_000)),
        ];
        let told = earlier_mails(&tried);
        let told: Vec<_> = told.iter().map(|mail| (mail.kind.as_str(), mail.at.as_secs())).collect();
        assert_eq!(told, [("access_suspended", 7), ("payment_failed", 3)]);
    }
}
