//! What falls due by time alone: nothing here waits, it only says when.

use jiff::civil;
use jiff::tz::TimeZone;

use crate::{Card, Customer, CustomerState, ExpiringCard, Notice, PaymentMethodId, Policy, Status, SubscriptionState, UnixSeconds};

/// A notice that will be owed at a moment, if Stripe says nothing new until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueNotice {
    /// From when it is owed.
    pub at: UnixSeconds,
    /// What is to be told.
    pub notice: Notice,
    /// It is owed too where its moment has passed before its reason was known.
    pub is_owed_late: bool,
}

/// How many days before a card's end its owner is told of it.
const CARD_WARNING_DAYS: [u8; 2] = [30, 7];
const DAY_SECS: i64 = 24 * 60 * 60;

/// All that falls due for this customer by time.
pub(crate) fn by_time(customer: &Customer, state: &CustomerState, policy: &Policy) -> Vec<DueNotice> {
    let Some(subscription) = &state.subscription else {
        return Vec::new();
    };
    let mut due = Vec::new();
    due.extend(suspension(customer, subscription, policy));
    due.extend(trial_expiry(subscription, policy));
    due.extend(card_warnings(customer, subscription));
    due
}

/// Access ends with the payment grace, or with the last retry.
fn suspension(customer: &Customer, subscription: &SubscriptionState, policy: &Policy) -> Option<DueNotice> {
    let dunning = subscription.dunning.as_ref();
    let at = match subscription.status {
        Status::PastDue => {
            let since = dunning.map(|dunning| dunning.since).or(subscription.status_since)?;
            since.plus_secs(policy.payment_grace_secs)
        }
        Status::Unpaid => match &subscription.doubt {
            Some(doubt) => doubt.since.plus_secs(policy.doubt_secs),
            None => subscription.status_since?,
        },
        Status::Incomplete
        | Status::IncompleteExpired
        | Status::Trialing
        | Status::Active
        | Status::Canceled
        | Status::Paused
        | Status::Unknown(_) => return None,
    };
    let invoice = dunning.and_then(|dunning| customer.invoices().get(&dunning.invoice_id));
    Some(DueNotice {
        at,
        notice: Notice::AccessSuspended {
            subscription: subscription.id.clone(),
            invoice: dunning.map(|dunning| dunning.invoice_id.clone()),
            amount: dunning.map(|dunning| dunning.amount_due.clone()),
            pay_url: invoice.and_then(|invoice| invoice.shown.hosted_invoice_url.clone()),
        },
        is_owed_late: true,
    })
}

/// A trial that ended, and Stripe never said what followed.
fn trial_expiry(subscription: &SubscriptionState, policy: &Policy) -> Option<DueNotice> {
    let ends_by_itself = subscription.ends_at().is_some();
    let trial_end = subscription
        .trial_end
        .filter(|_| subscription.status == Status::Trialing && !ends_by_itself)?;
    Some(DueNotice {
        at: trial_end.plus_secs(policy.trial_overrun_secs),
        notice: Notice::TrialExpired {
            subscription: subscription.id.clone(),
            trial_end: Some(trial_end),
        },
        is_owed_late: true,
    })
}

/// The newest card is the one that is charged, as far as events tell.
fn card_warnings(customer: &Customer, subscription: &SubscriptionState) -> Vec<DueNotice> {
    let is_charged = match subscription.status {
        Status::Trialing | Status::Active | Status::PastDue | Status::Unpaid => !subscription.cancel_at_period_end,
        Status::Incomplete | Status::IncompleteExpired | Status::Canceled | Status::Paused | Status::Unknown(_) => false,
    };
    let newest = customer.cards().iter().max_by_key(|(id, card)| (card.attached_at, *id));
    let Some((id, card)) = newest.filter(|_| is_charged) else {
        return Vec::new();
    };
    let warnings = CARD_WARNING_DAYS.iter().filter_map(|&days| card_warning(id, card, days));
    warnings.collect()
}

fn card_warning(id: &PaymentMethodId, card: &Card, days: u8) -> Option<DueNotice> {
    let (exp_month, exp_year) = (card.shown.exp_month?, card.shown.exp_year?);
    Some(DueNotice {
        at: end_of_month(exp_month, exp_year)?.plus_secs(-i64::from(days) * DAY_SECS),
        notice: Notice::CardExpiring(ExpiringCard {
            payment_method: id.clone(),
            brand: card.shown.brand.clone(),
            last4: card.shown.last4.clone(),
            exp_month,
            exp_year,
            days,
        }),
        is_owed_late: false,
    })
}

/// A card is good to the last second of its month.
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
