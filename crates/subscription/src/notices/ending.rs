//! The reason why a subscription ended, as far as there is evidence.

use super::notice::{EndCause, Ending};
use crate::facts::{Details, Invoice, InvoiceStatus};
use crate::state::SubscriptionState;
use crate::{Customer, Money, Status, SubscriptionId, UnixSeconds};

/// The longest gap between a subscription and the one that replaces it.
const CHANGE_SECS: i64 = 24 * 60 * 60;
/// The longest time between the end of a trial and Stripe's cancellation for lack of a payment method.
const AFTER_TRIAL_SECS: i64 = 24 * 60 * 60;

/// Describes the end of a subscription that has ended.
pub(crate) fn ending(customer: &Customer, one: &SubscriptionState) -> Ending {
    let details: &Details = &one.details;
    let last_paid = last_paid(customer, one);
    let price = details.recurring_amount.zip(details.currency.as_deref());
    let price = price.filter(|_| last_paid.is_none() && !details.is_discounted);
    Ending {
        subscription: one.id.clone(),
        ended_at: one.ended_at(),
        reason: details.cancellation_reason.clone(),
        cause: cause(customer, one),
        feedback: details.cancellation_feedback.clone(),
        comment: details.cancellation_comment.clone(),
        created: customer_since(customer, one),
        amount: price.map(|(amount, currency)| Money::new(amount, currency)),
        last_paid,
        failed_attempts: customer.failed_attempts(&one.id),
    }
}

/// Returns the time since which the tenant has been a customer without a break, by this subscription or by those that
/// it replaced.
fn customer_since(customer: &Customer, one: &SubscriptionState) -> Option<UnixSeconds> {
    let start = |one: &SubscriptionState| one.details.start_date.or(one.created);
    let others = customer.subscription_states();
    let mut since = start(one)?;
    loop {
        let goes_before = |other: &&SubscriptionState| {
            let lasted = other
                .ended_at()
                .is_none_or(|ended_at| ended_at.plus_secs(CHANGE_SECS) >= since);
            other.served_since.is_some() && start(other).is_some_and(|start| start < since) && lasted
        };
        let earlier = others.values().map(Box::as_ref).filter(goes_before).filter_map(start).min();
        match earlier {
            Some(earlier) => since = earlier,
            None => return Some(since),
        }
    }
}

/// Decides why a subscription ended.
///
/// Stripe's reason says less than it seems: `cancellation_requested` is also the reason if the merchant cancels or a
/// trial ends (<https://docs.stripe.com/api/subscriptions/object#subscription_object-cancellation_details-reason>).
/// Only an answer in the survey proves that the customer asked. Failed attempts weigh more than a bare request.
fn cause(customer: &Customer, one: &SubscriptionState) -> EndCause {
    let details = &one.details;
    let has_answered = has_answered(details);
    match details.cancellation_reason.as_deref() {
        Some("payment_disputed") => EndCause::PaymentDisputed,
        Some("payment_failed") => EndCause::PaymentFailed,
        Some("canceled_by_retention_policy") => EndCause::RetentionPolicy,
        _ if has_answered => EndCause::Requested,
        _ if has_failed_last(customer, one) => EndCause::PaymentFailed,
        _ if has_ended_with_trial(customer, one) => EndCause::TrialWithoutPaymentMethod,
        _ if has_run_its_term(one) => EndCause::FixedTerm,
        _ => EndCause::Unknown,
    }
}

/// Returns `true` if the customer said why they leave.
pub(crate) fn has_answered(details: &Details) -> bool {
    let said = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    said(&details.cancellation_feedback) || said(&details.cancellation_comment)
}

/// Returns `true` if collection of its last invoice failed and the invoice is still open or uncollectible. A voided
/// invoice is no longer collected.
fn has_failed_last(customer: &Customer, one: &SubscriptionState) -> bool {
    let is_owed = |invoice: &Invoice| matches!(invoice.status(), InvoiceStatus::Open | InvoiceStatus::Uncollectible);
    let last = customer.latest_invoice_of(&one.id).map(|(_, invoice)| invoice);
    last.is_some_and(|invoice| invoice.failures.is_some() && is_owed(invoice))
}

/// Returns `true` if it ended with its trial because there was no payment method; otherwise Stripe would have billed
/// it. A card that is only attached to the customer pays nothing. A card that the subscription names does.
fn has_ended_with_trial(customer: &Customer, one: &SubscriptionState) -> bool {
    let (Some(ended_at), Some(trial_end)) = (one.ended_at(), one.trial_end) else {
        return false;
    };
    let is_then = trial_end <= ended_at && ended_at <= trial_end.plus_secs(AFTER_TRIAL_SECS);
    let details = &one.details;
    let is_policy = details.trial_end_behavior.as_deref() == Some("cancel") && details.default_payment_method.is_none();
    let latest = customer.latest_invoice_of(&one.id).map(|(_, invoice)| invoice);
    is_then && is_policy && latest.is_none_or(Invoice::is_first) && one.ends_at().is_none()
}

/// Returns `true` if it ended at the end with which it was created.
fn has_run_its_term(one: &SubscriptionState) -> bool {
    one.is_fixed_term() && one.ends_at() <= one.ended_at()
}

/// Returns the amount of its last payment. This includes discounts and the price of a trial.
fn last_paid(customer: &Customer, one: &SubscriptionState) -> Option<Money> {
    let paid = customer
        .invoices_of(&one.id)
        .filter(|(_, invoice)| invoice.status() == InvoiceStatus::Paid);
    let last = paid.max_by_key(|(id, invoice)| invoice.recency(id));
    last.map(|(_, invoice)| invoice.paid())
}

/// Returns the subscription that ended last, if the tenant left with it: no other subscription is kept.
pub(crate) fn last_of<'a>(subscriptions: impl Iterator<Item = &'a SubscriptionState> + Clone) -> Option<&'a SubscriptionState> {
    fn ended(one: &SubscriptionState) -> (Option<UnixSeconds>, &SubscriptionId) {
        (one.ended_at(), &one.id)
    }
    if subscriptions.clone().any(SubscriptionState::is_kept) {
        return None;
    }
    let canceled = subscriptions.filter(|one| one.status == Status::Canceled);
    canceled.max_by(|a, b| ended(a).cmp(&ended(b)))
}
