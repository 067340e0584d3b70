//! Notices that fall due by time alone. Nothing here waits; it only computes the times.

use jiff::civil;
use jiff::tz::TimeZone;

use super::notice::{ExpiringCard, Notice, SentInvoice};
use crate::access::{Policy, Prospects, Reason, Timeline};
use crate::state::{CustomerState, SubscriptionState};
use crate::{Customer, DAY_SECS, Status, UnixSeconds};

/// A notice that becomes owed at a moment if Stripe reports nothing new until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueNotice {
    /// The time at which it becomes owed.
    pub at: UnixSeconds,
    /// The time at which it stops being true, if time alone ends it.
    pub until: Option<UnixSeconds>,
    /// The notice.
    pub notice: Notice,
    /// It is owed even if its reason becomes known only after `at`.
    pub is_owed_late: bool,
}

/// The days before a card's end on which its owner is warned.
const CARD_WARNING_DAYS: [u8; 2] = [30, 7];
/// The number of days before the due date of a sent invoice on which the customer is reminded.
const INVOICE_REMINDER_DAYS: i64 = 3;

/// Returns every notice of this customer that falls due by time.
pub(crate) fn by_time(customer: &Customer, state: &CustomerState, policy: &Policy) -> Vec<DueNotice> {
    let prospects = Prospects::of(state, policy);
    let mut due = Vec::new();
    for (one, alone) in prospects.each() {
        due.extend(suspension(customer, one, alone, &prospects, policy));
        due.extend(trial_expiry(one, &prospects, policy));
        due.extend(card_warnings(customer, one));
        due.extend(sent_invoices(customer, one));
    }
    due
}

/// Returns the notice that access is suspended, if it will be. Access ends with the payment grace, with the last retry
/// or with a pause, unless another subscription gives the tenant access then.
fn suspension(
    customer: &Customer,
    one: &SubscriptionState,
    alone: &Timeline,
    prospects: &Prospects<'_>,
    policy: &Policy,
) -> Option<DueNotice> {
    if one.status == Status::Paused && one.served_since.is_none() {
        // A tenant that never had access cannot lose it.
        return None;
    }
    let is_blocked = |at: UnixSeconds| {
        let alone = alone.at(at);
        !alone.allowed && alone.reason.is_payment() && !prospects.at(at).0.allowed
    };
    let since = one.status_since.into_iter();
    let doubt = one.doubt.as_ref().map(|doubt| doubt.since.plus_secs(policy.doubt_secs));
    let moments = since.chain(doubt).chain(prospects.turns());
    let at = moments.filter(|&at| is_blocked(at)).min()?;
    let dunning = one.dunning.as_ref();
    let invoice = dunning.and_then(|dunning| customer.invoices().get(&dunning.invoice_id));
    Some(DueNotice {
        at,
        until: prospects.holds_until(at, is_blocked),
        notice: Notice::AccessSuspended {
            subscription: one.id.clone(),
            invoice: dunning.map(|dunning| dunning.invoice_id.clone()),
            amount: dunning.map(|dunning| dunning.amount_due.clone()),
            pay_url: invoice.and_then(|invoice| invoice.shown.hosted_invoice_url.clone()),
        },
        is_owed_late: true,
    })
}

/// Returns the notice for a trial that ended without a word from Stripe on what followed, unless another subscription
/// gives the tenant access.
fn trial_expiry(one: &SubscriptionState, prospects: &Prospects<'_>, policy: &Policy) -> Option<DueNotice> {
    let trial_end = one.trial_end.filter(|_| one.status == Status::Trialing)?;
    let at = trial_end.plus_secs(policy.trial_overrun_secs);
    let is_expired = |at: UnixSeconds| {
        let (decision, _) = prospects.at(at);
        !decision.allowed && decision.reason == Reason::TrialExpired
    };
    is_expired(at).then(|| DueNotice {
        at,
        until: prospects.holds_until(at, is_expired),
        notice: Notice::TrialExpired {
            subscription: one.id.clone(),
            trial_end: Some(trial_end),
        },
        is_owed_late: true,
    })
}

/// Returns the reminder and the overdue notices of each sent invoice.
fn sent_invoices(customer: &Customer, one: &SubscriptionState) -> Vec<DueNotice> {
    let mut due = Vec::new();
    for (id, invoice) in customer.invoices_of(&one.id).filter(|_| one.is_living()) {
        let Some(due_at) = invoice.due_at().filter(|_| invoice.owed().amount > 0) else {
            continue;
        };
        let sent = SentInvoice {
            invoice: id.clone(),
            number: invoice.shown.number.clone(),
            amount: invoice.owed(),
            due_at,
            pay_url: invoice.shown.hosted_invoice_url.clone(),
        };
        due.push(DueNotice {
            at: due_at.plus_secs(-INVOICE_REMINDER_DAYS * DAY_SECS),
            until: Some(due_at),
            notice: Notice::InvoiceDueSoon(sent.clone()),
            is_owed_late: false,
        });
        for notice in [Notice::InvoiceOverdue(sent.clone()), Notice::InvoiceOverdueAlert(sent)] {
            due.push(DueNotice {
                at: due_at,
                until: None,
                notice,
                is_owed_late: true,
            });
        }
    }
    due
}

/// Returns the warnings for the card that pays, if it expires while payments are still to come.
fn card_warnings(customer: &Customer, one: &SubscriptionState) -> Vec<DueNotice> {
    let is_charged = match one.status {
        Status::Trialing | Status::Active | Status::PastDue | Status::Unpaid => one.collection_paused.is_none(),
        Status::Incomplete | Status::IncompleteExpired | Status::Canceled | Status::Paused | Status::Unknown(_) => false,
    };
    let paying = one.pays_with.as_ref().filter(|_| is_charged);
    let Some((id, card)) = paying.and_then(|id| customer.cards().get_key_value(id)) else {
        return Vec::new();
    };
    let shown = &card.shown;
    let Some((exp_month, exp_year)) = shown.exp_month.zip(shown.exp_year) else {
        return Vec::new();
    };
    let is_needed = |end: &UnixSeconds| one.ends_at().is_none_or(|ends_at| ends_at >= *end);
    let Some(end) = end_of_month(exp_month, exp_year).filter(is_needed) else {
        return Vec::new();
    };
    let days_ahead = |days: u8| end.plus_secs(-i64::from(days) * DAY_SECS);
    let next = |days: u8| CARD_WARNING_DAYS.into_iter().filter(|&other| other < days).max();
    let warning = |days: u8| DueNotice {
        at: days_ahead(days),
        until: Some(next(days).map_or(end, days_ahead)),
        notice: Notice::CardExpiring(ExpiringCard {
            payment_method: id.clone(),
            brand: shown.brand.clone(),
            last4: shown.last4.clone(),
            exp_month,
            exp_year,
            days,
        }),
        is_owed_late: false,
    };
    CARD_WARNING_DAYS.map(warning).to_vec()
}

/// Returns the end of a card's validity. A card is valid to the last second of its month.
fn end_of_month(month: u8, year: u16) -> Option<UnixSeconds> {
    let first = civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    let next = first.last_of_month().tomorrow().ok()?;
    let end = TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)).ok()?;
    Some(UnixSeconds::new(end.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        for (month, year, end) in [
            (12, 2026, Some(1_798_761_600)),
            (2, 2028, Some(1_835_481_600)),
            (13, 2026, None),
            (0, 2026, None),
        ] {
            assert_eq!(end_of_month(month, year).map(UnixSeconds::as_secs), end, "{month}/{year}");
        }
    }
}
