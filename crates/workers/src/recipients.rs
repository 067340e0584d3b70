//! The recipients of a notice.

use std::collections::BTreeSet;

use mail::Recipient;
use persistence::{Claim, Contact, Role};
use subscription::{Audience, Notice, NoticeContent};

use crate::StaffAddresses;

/// Recipients in the order of trying: the next group is tried only if nobody of the one before can be written to.
pub(crate) type Groups = Vec<Vec<Recipient>>;

/// The reason why there is nobody to write to. It is a matter of configuration, so it is no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NobodyConfigured(pub(crate) &'static str);

/// Returns the groups for a claimed notice, without the recipients that it already reached.
pub(crate) fn groups(claim: &Claim, staff: &StaffAddresses) -> Result<Groups, NobodyConfigured> {
    let groups = match claim.content.audience() {
        Audience::Admin => vec![configured(&staff.admin, "DUNLIN_MAIL_ADMIN is not set")?],
        Audience::Sales => vec![configured(&staff.sales, "DUNLIN_MAIL_SALES is not set")?],
        Audience::Customer => {
            let contacts = claim
                .tenant
                .as_ref()
                .map(|tenant| tenant.contacts.as_slice())
                .unwrap_or_default();
            customer_groups(&claim.content, contacts)
        }
    };
    // Once one member of a group has the notice, it stays with that group.
    let is_done = |to: &Recipient| claim.delivered_to.iter().any(|done| done == to.email());
    Ok(match groups.iter().find(|group| group.iter().any(is_done)) {
        Some(group) => vec![group.iter().filter(|to| !is_done(to)).cloned().collect()],
        None => groups,
    })
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
