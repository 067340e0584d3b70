//! The recipients of a notice.

use std::collections::BTreeSet;

use mail::Recipient;
use persistence::{Claim, Contact, Role};
use subscription::notices::{Audience, Notice, NoticeContent};

use crate::StaffAddresses;

/// Recipients in the order of trying: the next group is tried only if nobody of the one before can be written to.
pub(crate) type Groups = Vec<Vec<Recipient>>;

/// The reason why there is nobody to write to. It is a matter of configuration, so it is no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NobodyConfigured(pub(crate) &'static str);

/// Returns the groups for a claimed notice, without the recipients that it already reached.
pub(crate) fn groups(claim: &Claim, staff: &StaffAddresses) -> Result<Groups, NobodyConfigured> {
    let contacts = claim.tenant.as_ref().map(|tenant| tenant.contacts.as_slice());
    let groups = groups_for(&claim.content, contacts.unwrap_or_default(), staff)?;
    Ok(not_reached(groups, &claim.delivered_to))
}

/// Returns the groups for a notice with this content.
fn groups_for(content: &NoticeContent, contacts: &[Contact], staff: &StaffAddresses) -> Result<Groups, NobodyConfigured> {
    Ok(match content.audience() {
        Audience::Admin => vec![configured(&staff.admin, "DUNLIN_MAIL_ADMIN is not set")?],
        Audience::Sales => vec![configured(&staff.sales, "DUNLIN_MAIL_SALES is not set")?],
        Audience::Customer => customer_groups(content, contacts),
    })
}

/// Removes the recipients that already have the notice. Once one member of a group has it, it stays with that group.
fn not_reached(groups: Groups, delivered_to: &[String]) -> Groups {
    let is_done = |to: &Recipient| delivered_to.iter().any(|done| done == to.email());
    match groups.iter().find(|group| group.iter().any(is_done)) {
        Some(group) => vec![group.iter().filter(|to| !is_done(to)).cloned().collect()],
        None => groups,
    }
}

fn configured(addresses: &[Recipient], missing: &'static str) -> Result<Vec<Recipient>, NobodyConfigured> {
    if addresses.is_empty() {
        return Err(NobodyConfigured(missing));
    }
    Ok(addresses.to_vec())
}

fn customer_groups(content: &NoticeContent, contacts: &[Contact]) -> Groups {
    let of_role = |role| {
        let mine = contacts.iter().filter(move |contact| contact.role == role);
        mine.filter_map(|contact| Recipient::parse(&contact.email, &contact.name).ok())
            .collect::<Vec<_>>()
    };
    roles(content)
        .map(of_role)
        .into_iter()
        .filter(|group| !group.is_empty())
        .collect()
}

/// Returns all addresses of these groups, in the form in which suppressed ones are stored.
pub(crate) fn addresses(groups: &Groups) -> BTreeSet<String> {
    groups.iter().flatten().map(kept_as).collect()
}

/// Removes suppressed recipients from these groups.
pub(crate) fn without(groups: Groups, suppressed: &BTreeSet<String>) -> Groups {
    let open = |group: Vec<Recipient>| -> Vec<Recipient> {
        let open = group.into_iter().filter(|to| !suppressed.contains(&kept_as(to)));
        open.collect()
    };
    groups.into_iter().map(open).filter(|group| !group.is_empty()).collect()
}

fn kept_as(to: &Recipient) -> String {
    to.email().to_lowercase()
}

/// Returns the role that a matter concerns, followed by its substitutes if nobody has that role.
fn roles(content: &NoticeContent) -> [Role; 3] {
    let concerns_owner = match content {
        NoticeContent::Notice(notice) => match notice {
            Notice::TrialStarted { .. }
            | Notice::TrialEnding { .. }
            | Notice::TrialExpired { .. }
            | Notice::CancellationScheduled(_)
            | Notice::CancellationWithdrawn(_)
            | Notice::SubscriptionPaused(_)
            | Notice::SubscriptionResumed(_)
            | Notice::SubscriptionCanceled(_) => true,
            Notice::PaymentFailed(_)
            | Notice::PaymentFailedAlert(_)
            | Notice::PaymentActionRequired(_)
            | Notice::PaymentRecovered { .. }
            | Notice::PaidAfterCancelAlert { .. }
            | Notice::AccessSuspended { .. }
            | Notice::RenewalUpcoming { .. }
            | Notice::CardUpdated { .. }
            | Notice::CardExpiring(_)
            | Notice::InvoiceDueSoon(_)
            | Notice::InvoiceOverdue(_)
            | Notice::InvoiceOverdueAlert(_)
            | Notice::InvoiceVoidedAlert(_)
            | Notice::InvoiceUncollectibleAlert(_)
            | Notice::FinalizationFailedAlert(_)
            | Notice::PaymentAttemptRequiredAlert(_)
            | Notice::SubscriptionUnpaidAlert { .. }
            | Notice::DisputeAlert(_)
            | Notice::EarlyFraudWarningAlert(_)
            | Notice::PayerWithNewCustomer { .. }
            | Notice::CancellationScheduledAlert(_)
            | Notice::CancellationWithdrawnAlert(_)
            | Notice::ChurnAlert(_) => false,
        },
        NoticeContent::Staff(_) => false,
    };
    if concerns_owner {
        [Role::Owner, Role::Billing, Role::Technical]
    } else {
        [Role::Billing, Role::Owner, Role::Technical]
    }
}

#[cfg(test)]
mod tests {
    use subscription::notices::StaffNotice;
    use subscription::{InvoiceId, Money, SubscriptionId, UnixSeconds};

    use super::*;

    fn contact(role: Role, email: &str) -> Contact {
        Contact {
            role,
            email: email.to_owned(),
            name: String::new(),
        }
    }

    fn staff() -> StaffAddresses {
        StaffAddresses {
            admin: vec![Recipient::parse("admin@acme.example", "").unwrap()],
            sales: vec![Recipient::parse("sales@acme.example", "").unwrap()],
        }
    }

    fn recovered() -> NoticeContent {
        let notice = Notice::PaymentRecovered {
            invoice: InvoiceId::new("in_1"),
            amount: Money::new(4900, "eur"),
        };
        notice.into()
    }

    fn trial_started() -> NoticeContent {
        let notice = Notice::TrialStarted {
            subscription: SubscriptionId::new("sub_1"),
            trial_end: None,
        };
        notice.into()
    }

    fn paid_after_cancel() -> NoticeContent {
        let notice = Notice::PaidAfterCancelAlert {
            invoice: InvoiceId::new("in_1"),
            subscription: SubscriptionId::new("sub_1"),
            amount: Money::new(4900, "eur"),
        };
        notice.into()
    }

    fn mail_refused() -> NoticeContent {
        NoticeContent::Staff(StaffNotice::MailRefused {
            reply: "554 no".to_owned(),
            at: UnixSeconds::new(0),
        })
    }

    fn emails(groups: &Groups) -> Vec<Vec<&str>> {
        let emails = groups.iter().map(|group| group.iter().map(Recipient::email).collect());
        emails.collect()
    }

    fn written_to(content: &NoticeContent, contacts: &[Contact]) -> Groups {
        groups_for(content, contacts, &staff()).unwrap()
    }

    #[test]
    fn a_payment_concerns_billing_and_a_trial_the_owner_and_others_stand_in_for_them() {
        let contacts = [
            contact(Role::Owner, "olivia@example.com"),
            contact(Role::Technical, "tom@example.com"),
            contact(Role::Billing, "bo@example.com"),
            contact(Role::Billing, "bea@example.com"),
        ];
        let (olivia, tom, billing) = (
            ["olivia@example.com"],
            ["tom@example.com"],
            ["bo@example.com", "bea@example.com"],
        );
        let groups = written_to(&recovered(), &contacts);
        assert_eq!(emails(&groups), [billing.as_slice(), &olivia, &tom]);
        let groups = written_to(&trial_started(), &contacts);
        assert_eq!(emails(&groups), [olivia.as_slice(), &billing, &tom]);
        let groups = written_to(&recovered(), &contacts[..2]);
        assert_eq!(emails(&groups), [olivia.as_slice(), &tom]);
    }

    #[test]
    fn an_address_that_is_none_is_left_out() {
        let contacts = [contact(Role::Billing, "nowhere"), contact(Role::Owner, "olivia@example.com")];
        assert_eq!(emails(&written_to(&recovered(), &contacts)), [["olivia@example.com"]]);
        assert_eq!(emails(&written_to(&recovered(), &contacts[..1])), [[""; 0]; 0]);
    }

    #[test]
    fn a_notice_to_staff_goes_to_configured_addresses_and_never_to_a_contact() {
        let contacts = [contact(Role::Billing, "bo@example.com")];
        for content in [paid_after_cancel(), mail_refused()] {
            assert_eq!(emails(&written_to(&content, &contacts)), [["admin@acme.example"]]);
            let nobody = groups_for(&content, &contacts, &StaffAddresses::default());
            assert_eq!(nobody.err(), Some(NobodyConfigured("DUNLIN_MAIL_ADMIN is not set")));
        }
    }

    #[test]
    fn a_group_that_was_reached_in_part_keeps_the_notice() {
        let contacts = [
            contact(Role::Billing, "bo@example.com"),
            contact(Role::Billing, "bea@example.com"),
            contact(Role::Owner, "olivia@example.com"),
        ];
        let all = || written_to(&recovered(), &contacts);
        let rest = not_reached(all(), &["bo@example.com".to_owned()]);
        assert_eq!(emails(&rest), [["bea@example.com"]]);
        assert_eq!(emails(&not_reached(all(), &[])), emails(&all()));
    }

    #[test]
    fn a_suppressed_address_is_removed_however_it_is_written() {
        let contacts = [
            contact(Role::Billing, "Bo@Example.com"),
            contact(Role::Owner, "olivia@example.com"),
        ];
        let groups = written_to(&recovered(), &contacts);
        let suppressed = BTreeSet::from(["bo@example.com".to_owned()]);
        assert!(addresses(&groups).is_superset(&suppressed));
        assert_eq!(emails(&without(groups, &suppressed)), [["olivia@example.com"]]);
    }
}
