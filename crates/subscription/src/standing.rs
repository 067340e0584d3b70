//! The standing of a customer, and the notices that a change of it owes.
//!
//! The notices that *stand* are a function of the facts, like the state. A change owes the notices that stand after it
//! and did not stand before. Two kinds of notice react differently to a late fact, on purpose:
//! - A notice that asks or warns stands only while its reason does (a failed payment: while the case is open). So a
//!   late failure of a paid invoice owes nothing.
//! - A notice that closes something (a cancellation, churn) stands for good once its fact is known. So it is owed
//!   exactly once, in any order.

use std::collections::{BTreeMap, BTreeSet};

use crate::dunning::is_of_checkout;
use crate::ending::{ending, has_answered, last_of};
use crate::{
    Closed, Customer, CustomerState, DueNotice, DunningCase, Facts, FailedPayment, Invoice, InvoiceId, InvoiceStatus, Money,
    Notice, Pause, PausedSubscription, PaymentMethodId, Policy, Renewal, RenewalPayment, SetEnd, Status, SubscriptionId,
    SubscriptionState, UncollectedInvoice, UnixSeconds, case, due,
};

/// A customer's state with the notices that stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The tenant's state.
    pub state: CustomerState,
    /// Each subscription's state.
    pub subscriptions: BTreeMap<SubscriptionId, Box<SubscriptionState>>,
    notices: BTreeMap<String, Box<Notice>>,
    /// The notices that fall due by time alone if Stripe reports nothing new.
    due: BTreeMap<String, Box<DueNotice>>,
    /// Invoices that failed and are not paid, whatever the state of their subscription.
    unpaid: BTreeSet<InvoiceId>,
    /// Invoices that failed and are paid, with the amount that was owed.
    paid: BTreeMap<InvoiceId, Money>,
    /// The closed cases, with their reasons.
    closed: BTreeMap<InvoiceId, Closed>,
}

/// The reason why a notice that was owed should no longer be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Superseded {
    /// The invoice is paid.
    Paid,
    /// The subscription has ended.
    Canceled,
    /// The invoice was voided, deleted or marked uncollectible.
    InvoiceClosed,
    /// A newer attempt failed and has its own notice.
    NewerAttempt,
    /// Another notice asks the cardholder to confirm the same attempt, which says more.
    ActionRequired,
    /// The announced event has happened.
    Past,
    /// Another subscription continues or has replaced it.
    Replaced,
    /// It is no longer true.
    NoLongerTrue,
}

impl Superseded {
    /// Returns the word for the reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Canceled => "canceled",
            Self::InvoiceClosed => "invoice_closed",
            Self::NewerAttempt => "newer_attempt",
            Self::ActionRequired => "action_required",
            Self::Past => "past",
            Self::Replaced => "replaced",
            Self::NoLongerTrue => "no_longer_true",
        }
    }
}

impl Standing {
    pub(crate) fn of(customer: &Customer, policy: &Policy) -> Self {
        let subscriptions = customer.subscription_states();
        let mut standing = Self {
            state: customer.state_of(&subscriptions),
            notices: BTreeMap::new(),
            unpaid: BTreeSet::new(),
            due: BTreeMap::new(),
            paid: BTreeMap::new(),
            closed: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
        };
        for (id, invoice) in customer.invoices() {
            standing.add_invoice(&subscriptions, id, invoice, policy);
        }
        let all = || subscriptions.values().map(Box::as_ref);
        for one in all() {
            let others = all().filter(|other| other.id != one.id);
            standing.add_subscription(customer, one, &others);
        }
        if let Some(last) = last_of(all()) {
            let ending = ending(customer, last);
            standing.stand(Notice::SubscriptionCanceled(ending.clone()));
            standing.stand(Notice::ChurnAlert(ending));
        }
        standing.add_cards(customer, &subscriptions);
        standing.add_disputes(customer);
        let due = due::by_time(customer, &standing.state, policy);
        standing.due = due.into_iter().map(|due| (due.notice.key(), Box::new(due))).collect();
        standing.subscriptions = subscriptions;
        standing
    }

    /// Returns the notices that the change from `before` to this standing owes. Notices that fall due by time are
    /// separate: [`Standing::overdue_since`].
    #[must_use]
    pub fn owed_since(&self, before: &Self) -> Vec<Notice> {
        let new = self.notices.iter().filter(|(key, _)| !before.notices.contains_key(*key));
        // A recovery closes a case that was seen open. If the payment arrived before the failure, there is nothing to
        // close.
        let recovered = self.paid.iter().filter(|(invoice, _)| before.unpaid.contains(*invoice));
        let new = new.filter(|(_, notice)| before.same_as(notice).is_none());
        new.map(|(_, notice)| notice.as_ref().clone())
            .chain(recovered.map(|(invoice, amount)| Notice::PaymentRecovered {
                invoice: invoice.clone(),
                amount: amount.clone(),
            }))
            .chain(before.notices.values().filter_map(|notice| self.takes_back(notice)))
            .collect()
    }

    /// Returns the notice that stands and says the same as this one under another time's key: a pause or an end whose
    /// start is now known.
    fn same_as(&self, notice: &Notice) -> Option<&Notice> {
        let is_same = |other: &&Notice| match (notice, other) {
            (Notice::SubscriptionPaused(a), Notice::SubscriptionPaused(b)) => {
                a.subscription == b.subscription && a.is_collection == b.is_collection
            }
            (Notice::CancellationScheduled(a), Notice::CancellationScheduled(b))
            | (Notice::CancellationScheduledAlert(a), Notice::CancellationScheduledAlert(b)) => {
                a.subscription == b.subscription && a.ends_at == b.ends_at
            }
            _ => false,
        };
        self.notices.values().map(Box::as_ref).find(is_same)
    }

    /// Returns the notice that withdraws this one, if it is no longer true: the end was taken back, or the pause is
    /// over.
    fn takes_back(&self, notice: &Notice) -> Option<Notice> {
        let is_living = |id: &SubscriptionId| self.subscriptions.get(id).filter(|one| one.is_living());
        match notice {
            Notice::CancellationScheduled(end) if is_living(&end.subscription)?.ends_at().is_none() => {
                Some(Notice::CancellationWithdrawn(end.clone()))
            }
            Notice::CancellationScheduledAlert(end) if is_living(&end.subscription)?.ends_at().is_none() => {
                Some(Notice::CancellationWithdrawnAlert(end.clone()))
            }
            Notice::SubscriptionPaused(paused) if !is_paused(is_living(&paused.subscription)?) => {
                Some(Notice::SubscriptionResumed(paused.clone()))
            }
            _ => None,
        }
    }

    /// Returns the notices owed to a tenant that is bound to the customer only now. None of them is about the past.
    #[must_use]
    pub fn owed_at_binding(&self) -> Vec<Notice> {
        self.notices
            .values()
            .filter(|notice| notice.is_of_open_case())
            .map(|notice| notice.as_ref().clone())
            .collect()
    }

    /// Returns the notices that were already due by time at `now` when their reason became known, and were not due
    /// before.
    #[must_use]
    pub fn overdue_since(&self, before: &Self, now: UnixSeconds) -> Vec<DueNotice> {
        let was_due = |key: &String| before.due.get(key).is_some_and(|due| due.at <= now) || before.notices.contains_key(key);
        let new = self.due.iter().filter(|(key, due)| due.at <= now && !was_due(key));
        new.filter(|(_, due)| due.is_owed_late)
            .map(|(_, due)| due.as_ref().clone())
            .collect()
    }

    /// Returns the notices that fell due by time from `since` to `now`.
    #[must_use]
    pub fn due_between(&self, since: UnixSeconds, now: UnixSeconds) -> Vec<Notice> {
        let due = self.due.values().filter(|due| since <= due.at && due.at <= now);
        due.map(|due| due.notice.clone()).collect()
    }

    /// Returns the next time from `since` on at which a notice falls due.
    #[must_use]
    pub fn next_due_from(&self, since: UnixSeconds) -> Option<UnixSeconds> {
        self.due.values().map(|due| due.at).filter(|&at| at >= since).min()
    }

    /// Decides whether a notice that was owed should still be sent. Returns it with its present content.
    ///
    /// # Errors
    /// [`Superseded`] says why it should not be sent.
    pub fn still_owes(&self, notice: &Notice, now: UnixSeconds) -> Result<Notice, Superseded> {
        let key = notice.key();
        if let Notice::PaymentRecovered { invoice, .. } = notice {
            let is_paid = self.paid.contains_key(invoice);
            return is_paid.then(|| notice.clone()).ok_or(Superseded::NoLongerTrue);
        }
        if let Some(taken_back) = notice.takes_back() {
            return self.takes_back(&taken_back).ok_or(Superseded::NoLongerTrue);
        }
        if let Notice::PayerWithNewCustomer { .. } = notice {
            return Ok(notice.clone());
        }
        let stands = self.notices.get(&key).map(Box::as_ref).or_else(|| self.same_as(notice));
        let due = self.due.get(&key).filter(|due| stands.is_none() && due.at <= now);
        if due.is_some_and(|due| due.until.is_some_and(|until| until <= now)) {
            return Err(Superseded::Past);
        }
        let Some(stands) = stands.or(due.map(|due| &due.notice)) else {
            return Err(self.why_not(notice));
        };
        match stands {
            Notice::TrialEnding { trial_end: at, .. }
            | Notice::RenewalUpcoming { due_at: at, .. }
            | Notice::CancellationScheduled(SetEnd { ends_at: at, .. })
            | Notice::CancellationScheduledAlert(SetEnd { ends_at: at, .. })
                if *at <= now =>
            {
                Err(Superseded::Past)
            }
            Notice::PaymentFailed(failed)
                if self
                    .notices
                    .contains_key(&Notice::PaymentActionRequired(failed.clone()).key()) =>
            {
                Err(Superseded::ActionRequired)
            }
            current => Ok(current.clone()),
        }
    }

    /// Returns the reason why a notice does not stand.
    fn why_not(&self, notice: &Notice) -> Superseded {
        if matches!(notice, Notice::SubscriptionCanceled(_) | Notice::ChurnAlert(_)) {
            return Superseded::Replaced;
        }
        let Some(invoice) = notice.invoice() else {
            return Superseded::NoLongerTrue;
        };
        if self.paid.contains_key(invoice) {
            return Superseded::Paid;
        }
        match self.closed.get(invoice) {
            Some(Closed::Paid) => Superseded::Paid,
            Some(Closed::SubscriptionEnded) => Superseded::Canceled,
            Some(Closed::Void | Closed::Uncollectible) => Superseded::InvoiceClosed,
            Some(Closed::NeverOpened) => Superseded::NoLongerTrue,
            None => Superseded::NewerAttempt,
        }
    }

    fn stand(&mut self, notice: Notice) {
        self.notices.insert(notice.key(), Box::new(notice));
    }

    fn add_invoice(
        &mut self,
        subscriptions: &BTreeMap<SubscriptionId, Box<SubscriptionState>>,
        id: &InvoiceId,
        invoice: &Invoice,
        policy: &Policy,
    ) {
        let Some(subscription) = &invoice.subscription else {
            self.add_uncollected(id, invoice, None);
            return;
        };
        let amount = &invoice.shown.amount_due;
        let one = subscriptions.get(subscription).map(Box::as_ref);
        let status = one.map(|one| &one.status);
        let served_since = one.and_then(|one| one.served_since);
        let is_of_checkout = is_of_checkout(invoice, status, served_since);
        if let Some(closed) = closed(invoice, status, served_since) {
            self.closed.insert(id.clone(), closed);
        }
        self.add_uncollected(id, invoice, one);
        let ends_at = one.and_then(|one| end_before_payment(one, invoice, policy));
        if let Some(failures) = invoice.failures.filter(|_| !is_of_checkout) {
            if invoice.status() == InvoiceStatus::Paid {
                self.paid.insert(id.clone(), amount.clone());
            } else {
                self.unpaid.insert(id.clone());
            }
            if case(invoice, status, served_since) == DunningCase::Open {
                let failed = failed_payment(id, invoice, failures.attempt, ends_at);
                self.stand(Notice::PaymentFailed(failed.clone()));
                self.stand(Notice::PaymentFailedAlert(failed));
            }
        }
        if let Some(attempt) = invoice.action_required_attempt
            && invoice.status() == InvoiceStatus::Open
            && invoice.failures.is_none_or(|failures| failures.attempt <= attempt)
            && !is_of_checkout
            && status.is_none_or(|status| !status.is_terminal())
        {
            self.stand(Notice::PaymentActionRequired(failed_payment(id, invoice, attempt, ends_at)));
        }
        if let Some(ended) = one
            && is_paid_after_end(invoice, ended)
        {
            self.stand(Notice::PaidAfterCancelAlert {
                invoice: id.clone(),
                subscription: subscription.clone(),
                amount: amount.clone(),
            });
        }
    }

    /// Adds the alerts for an invoice that nobody collects. A person should look at it.
    fn add_uncollected(&mut self, id: &InvoiceId, invoice: &Invoice, one: Option<&SubscriptionState>) {
        let uncollected = |reason: Option<&String>| UncollectedInvoice {
            invoice: id.clone(),
            subscription: invoice.subscription.clone(),
            amount: invoice.owed(),
            reason: reason.cloned(),
        };
        // Stripe voids the unpaid invoice of a change when it reverts the change.
        let is_of_change = invoice.shown.billing_reason.as_deref() == Some("subscription_update");
        let is_served = one.is_some_and(|one| matches!(one.status, Status::Active | Status::Trialing));
        if invoice.failures.is_some() && is_served && !is_of_change {
            let all_of_it = UncollectedInvoice {
                amount: invoice.shown.amount_due.clone(),
                ..uncollected(None)
            };
            match invoice.status() {
                InvoiceStatus::Void => self.stand(Notice::InvoiceVoidedAlert(all_of_it)),
                InvoiceStatus::Uncollectible => self.stand(Notice::InvoiceUncollectibleAlert(all_of_it)),
                InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Deleted | InvoiceStatus::Paid => {}
            }
        }
        let is_open = matches!(invoice.status(), InvoiceStatus::Draft | InvoiceStatus::Open);
        if !is_open || one.is_some_and(|one| one.status.is_terminal()) {
            return;
        }
        if invoice.finalization_error.is_some() && invoice.status() == InvoiceStatus::Draft {
            self.stand(Notice::FinalizationFailedAlert(uncollected(
                invoice.finalization_error.as_ref(),
            )));
        }
        if invoice.attempt_required {
            self.stand(Notice::PaymentAttemptRequiredAlert(uncollected(None)));
        }
    }

    fn add_subscription<'a>(
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
    fn add_cards(&mut self, customer: &Customer, subscriptions: &BTreeMap<SubscriptionId, Box<SubscriptionState>>) {
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

    fn add_disputes(&mut self, customer: &Customer) {
        for (id, dispute) in customer.disputes() {
            self.stand(dispute.notice(id));
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
    let could_pay = |other: &crate::Card| {
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

fn is_paused(one: &SubscriptionState) -> bool {
    one.pause.is_some() || one.collection_paused.is_some()
}

fn failed_payment(id: &InvoiceId, invoice: &Invoice, attempt: u32, ends_at: Option<UnixSeconds>) -> FailedPayment {
    FailedPayment {
        invoice: id.clone(),
        attempt,
        next_attempt: invoice.shown.next_payment_attempt,
        amount: invoice.owed(),
        pay_url: invoice.shown.hosted_invoice_url.clone(),
        ends_at,
    }
}

/// Returns the end of a subscription that comes whether or not this invoice is paid. The end of a fixed term counts
/// only within the payment grace, because a later one does not matter to somebody who has to pay now.
fn end_before_payment(one: &SubscriptionState, invoice: &Invoice, policy: &Policy) -> Option<UnixSeconds> {
    let since = invoice.failures.map_or(invoice.shown.told_at, |failures| failures.first_at);
    let grace_end = since.plus_secs(policy.payment_grace_secs);
    one.ends_at().filter(|&end| !one.is_fixed_term() || end <= grace_end)
}

/// Returns `true` if money arrived after the subscription ended, for an invoice that had failed or was uncollectible. A
/// person should look.
fn is_paid_after_end(invoice: &Invoice, subscription: &SubscriptionState) -> bool {
    let was_chased = invoice.failures.is_some() || invoice.was_uncollectible();
    let paid_at = invoice.payment.map(|payment| payment.paid_at);
    was_chased
        && subscription.status == Status::Canceled
        && paid_at
            .zip(subscription.ended_at())
            .is_some_and(|(paid_at, ended_at)| paid_at > ended_at)
}

/// Returns the reason why nobody is asked to pay this invoice; `None` if somebody is. A case that waits for the
/// cardholder has no failure.
fn closed(invoice: &Invoice, subscription: Option<&Status>, served_since: Option<UnixSeconds>) -> Option<Closed> {
    match case(invoice, subscription, served_since) {
        DunningCase::Open => None,
        DunningCase::Closed(Closed::NeverOpened) if invoice.action_required_attempt.is_some() => match invoice.status() {
            InvoiceStatus::Paid => Some(Closed::Paid),
            InvoiceStatus::Void | InvoiceStatus::Deleted => Some(Closed::Void),
            InvoiceStatus::Uncollectible => Some(Closed::Uncollectible),
            InvoiceStatus::Draft | InvoiceStatus::Open => subscription
                .is_some_and(Status::is_terminal)
                .then_some(Closed::SubscriptionEnded),
        },
        DunningCase::Closed(closed) => Some(closed),
    }
}
