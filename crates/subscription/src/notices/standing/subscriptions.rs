//! The notices that stand because of a subscription, or of the card that pays for it.

use std::collections::BTreeMap;

use super::Standing;
use crate::facts::{Card, Facts, Renewal};
use crate::notices::ending::has_answered;
use crate::notices::notice::{Notice, PausedSubscription, RenewalPayment, SetEnd};
use crate::state::{Pause, SubscriptionState};
use crate::{Customer, PaymentMethodId, Status, SubscriptionId, UnixSeconds};

impl Standing {
    pub(super) fn add_subscription<'a>(
        &mut self,
        customer: &Customer,
        one: &SubscriptionState,
        others: &(impl Iterator<Item = &'a SubscriptionState> + Clone),
    ) {
        let is_served_otherwise = others.clone().any(SubscriptionState::is_serving);
        let Some(facts) = customer.facts(&one.id) else {
            return;
        };
        if one.status == Status::Trialing {
            self.stand(Notice::TrialStarted {
                subscription: one.id.clone(),
                trial_end: one.trial_end,
            });
            let is_announced = |end: &UnixSeconds| facts.announced_trial_ends().any(|announced| announced == *end);
            let goes_on = |end: &UnixSeconds| one.ends_at().is_none_or(|ends_at| ends_at > *end);
            if let Some(trial_end) = one.trial_end.filter(is_announced).filter(goes_on) {
                self.stand(Notice::TrialEnding {
                    subscription: one.id.clone(),
                    trial_end,
                    has_payment_method: one.pays_with.is_some(),
                });
            }
        }
        if one.pause == Some(Pause::TrialEnded) && !others.clone().any(SubscriptionState::is_kept) {
            self.stand(Notice::TrialExpired {
                subscription: one.id.clone(),
                trial_end: one.trial_end,
            });
        }
        if one.status == Status::Unpaid && is_served_otherwise {
            self.stand(Notice::SubscriptionUnpaidAlert {
                subscription: one.id.clone(),
                amount: one.dunning.as_ref().map(|dunning| dunning.amount_due.clone()),
            });
        }
        if let Some(paused) = paused(one) {
            self.stand(Notice::SubscriptionPaused(paused));
        }
        let is_last = !others.clone().any(|other| other.is_kept() && other.outlasts(one));
        if let Some(end) = set_end(one).filter(|_| is_last) {
            self.stand(Notice::CancellationScheduled(end.clone()));
            self.stand(Notice::CancellationScheduledAlert(end));
        }
        if let Some(renewal) = facts.renewal()
            && renewal.amount.amount > 0
            && matches!(one.status, Status::Active | Status::Trialing | Status::PastDue)
            && one.collection_paused.is_none()
            && one.ends_at().is_none_or(|end| end > renewal.due_at)
            && let Some(due_at) = renews_at(one, renewal)
        {
            self.stand(Notice::RenewalUpcoming {
                subscription: one.id.clone(),
                due_at,
                amount: renewal.amount.clone(),
                how: renewal_payment(one),
            });
        }
    }

    /// Adds the notice of a new card: the card that pays, if it came after another one that could pay. The first card
    /// of a checkout or a trial is no news, and neither is a spare one.
    pub(super) fn add_cards(&mut self, customer: &Customer, subscriptions: &BTreeMap<SubscriptionId, Box<SubscriptionState>>) {
        for one in subscriptions.values().filter(|one| one.is_living()) {
            let paying = one.pays_with.as_ref().and_then(|id| customer.cards().get_key_value(id));
            let Some((id, card)) = paying.filter(|(id, _)| replaces_another(customer, one, id)) else {
                continue;
            };
            self.stand(Notice::CardUpdated {
                payment_method: id.clone(),
                brand: card.shown.brand.clone(),
                last4: card.shown.last4.clone(),
            });
        }
    }
}

/// The time after the start of access in which a payment method belongs to the checkout.
const CHECKOUT_SECS: i64 = 60 * 60;

/// Returns `true` if a payment method replaced another one after the start of access: it became the default in place of
/// another, or it was added while another could pay.
fn replaces_another(customer: &Customer, one: &SubscriptionState, id: &PaymentMethodId) -> bool {
    let checked_out = one.served_since.map(|since| since.plus_secs(CHECKOUT_SECS));
    let is_later = |at: Option<UnixSeconds>| checked_out.is_some() && at > checked_out;
    let replacements = customer.facts(&one.id).map(Facts::replacements).unwrap_or_default();
    if is_later(replacements.get(id).copied()) || is_later(customer.profile().replaced_at(id)) {
        return true;
    }
    let attached_at = customer.cards().get(id).and_then(|card| card.attached_at);
    let came_later = is_later(attached_at);
    let could_pay = |other: &Card| {
        let was_there = other.attached_at < attached_at;
        was_there && other.detached_at.is_none_or(|detached_at| Some(detached_at) > one.created)
    };
    came_later && customer.cards().iter().any(|(other, card)| other != id && could_pay(card))
}

/// Returns the time at which an announced renewal is due. For a trial, this is its end. Returns `None` if the renewal
/// has passed, or if the trial now ends at another time.
fn renews_at(one: &SubscriptionState, renewal: &Renewal) -> Option<UnixSeconds> {
    /// The longest time from a period's end to its payment. Stripe attempts the payment about an hour after the end.
    const PAYMENT_DELAY_SECS: i64 = 24 * 60 * 60;
    let is_payment_of = |period_end: UnixSeconds| {
        let payment = period_end..=period_end.plus_secs(PAYMENT_DELAY_SECS);
        payment.contains(&renewal.due_at)
    };
    let began = one.current_period_start.filter(|&start| start > renewal.announced_at);
    if began.is_some_and(|start| start > renewal.due_at || is_payment_of(start)) {
        return None;
    }
    match one.trial_end.filter(|_| one.status == Status::Trialing) {
        Some(trial_end) => is_payment_of(trial_end).then_some(trial_end),
        None => Some(renewal.due_at),
    }
}

/// Returns the way in which a renewal is paid.
fn renewal_payment(one: &SubscriptionState) -> RenewalPayment {
    match one.status {
        _ if one.is_sent_invoices() => RenewalPayment::Invoiced,
        Status::Trialing if one.pays_with.is_some() => RenewalPayment::TrialConverts,
        Status::Trialing => RenewalPayment::TrialWithoutPaymentMethod,
        _ => RenewalPayment::Charged,
    }
}

/// Returns the end that was set for a subscription without a fixed term.
fn set_end(one: &SubscriptionState) -> Option<SetEnd> {
    let is_served = matches!(one.status, Status::Active | Status::Trialing | Status::PastDue);
    let ends_at = one.cancel_at.or(one.current_period_end.filter(|_| one.cancel_at_period_end));
    let ends_at = ends_at.filter(|_| is_served && !one.is_fixed_term())?;
    Some(SetEnd {
        subscription: one.id.clone(),
        ends_at,
        set_at: one.canceled_at,
        is_requested: has_answered(&one.details),
        feedback: one.details.cancellation_feedback.clone(),
        comment: one.details.cancellation_comment.clone(),
    })
}

/// Returns the pause about which the customer is told, if there is one. A pause for a failed payment and one at the end
/// of a trial have their own mails.
fn paused(one: &SubscriptionState) -> Option<PausedSubscription> {
    let is_told = matches!(one.pause, Some(Pause::Requested | Pause::Other));
    if let Some(collection) = one.collection_paused.as_ref().filter(|_| !is_told && one.is_living()) {
        return Some(PausedSubscription {
            subscription: one.id.clone(),
            is_collection: true,
            since: collection.since,
            resumes_at: collection.resumes_at,
        });
    }
    is_told.then(|| PausedSubscription {
        subscription: one.id.clone(),
        is_collection: false,
        since: one.status_since,
        resumes_at: None,
    })
}
