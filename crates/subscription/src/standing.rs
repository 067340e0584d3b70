//! Where a customer stands, and what a change of that owes.
//!
//! The notices that *stand* are a function of the facts, like the state. What a change owes is what stands after it and
//! did not before. Two kinds of notice behave differently under a late fact, and should:
//! - one that asks or warns stands only while its reason does (a failed payment: while the case is open), so a late failure
//!   of a paid invoice owes nothing;
//! - one that closes (a cancellation, churn) stands for good once its fact is known, so it is owed exactly once in any order.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Closed, Customer, CustomerState, Details, DueNotice, DunningCase, Ending, ExpiringCard, FailedPayment, Invoice, InvoiceId,
    InvoiceStatus, Money, Notice, Policy, Status, SubscriptionId, SubscriptionState, UnixSeconds, case, due,
};

/// A customer's state with the notices that stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the tenant is to be told it is.
    pub state: CustomerState,
    /// Each subscription's state.
    pub subscriptions: BTreeMap<SubscriptionId, Box<SubscriptionState>>,
    notices: BTreeMap<String, Box<Notice>>,
    /// What falls due by time alone, if Stripe says nothing new.
    due: BTreeMap<String, Box<DueNotice>>,
    /// Invoices that failed and are not paid, whatever became of their subscription.
    unpaid: BTreeSet<InvoiceId>,
    /// Invoices that failed and are paid, with what was owed.
    paid: BTreeMap<InvoiceId, Money>,
    /// The cases that are closed, and why.
    closed: BTreeMap<InvoiceId, Closed>,
}

/// Why a notice that was owed is to be sent no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Superseded {
    /// What was asked for is paid.
    Paid,
    /// The subscription has ended.
    Canceled,
    /// The invoice was voided, deleted or given up.
    InvoiceClosed,
    /// A newer attempt failed, and has a notice of its own.
    NewerAttempt,
    /// The cardholder is asked to confirm the same attempt, which says more.
    ActionRequired,
    /// What it warns of has happened.
    Past,
    /// It is no longer true.
    NoLongerTrue,
}

impl Superseded {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Canceled => "canceled",
            Self::InvoiceClosed => "invoice_closed",
            Self::NewerAttempt => "newer_attempt",
            Self::ActionRequired => "action_required",
            Self::Past => "past",
            Self::NoLongerTrue => "no_longer_true",
        }
    }
}

impl Standing {
    pub(crate) fn of(customer: &Customer, policy: &Policy) -> Self {
        let subscriptions = customer.subscription_states();
        let mut standing = Self {
            state: CustomerState::governed_by(subscriptions.values().map(Box::as_ref)),
            notices: BTreeMap::new(),
            unpaid: BTreeSet::new(),
            due: BTreeMap::new(),
            paid: BTreeMap::new(),
            closed: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
        };
        for (id, invoice) in customer.invoices() {
            standing.add_invoice(&subscriptions, id, invoice);
        }
        for subscription in subscriptions.values() {
            standing.add_subscription(customer, subscription);
        }
        standing.add_cards(customer, &subscriptions);
        let due = due::by_time(customer, &standing.state, policy);
        standing.due = due.into_iter().map(|due| (due.notice.key(), Box::new(due))).collect();
        standing.subscriptions = subscriptions;
        standing
    }

    /// The notices that the way from `before` to here owes. What falls due by time comes beside it:
    /// [`Standing::overdue_since`].
    #[must_use]
    pub fn owed_since(&self, before: &Self) -> Vec<Notice> {
        let new = self.notices.iter().filter(|(key, _)| !before.notices.contains_key(*key));
        // A recovery closes a case that was seen open. Where the payment overtook the failure there is nothing to close.
        let recovered = self.paid.iter().filter(|(invoice, _)| before.unpaid.contains(*invoice));
        new.map(|(_, notice)| notice.as_ref().clone())
            .chain(recovered.map(|(invoice, amount)| Notice::PaymentRecovered {
                invoice: invoice.clone(),
                amount: amount.clone(),
            }))
            .collect()
    }

    /// The notices owed to a tenant that is bound to the customer only now: none about the past.
    #[must_use]
    pub fn owed_at_binding(&self) -> Vec<Notice> {
        self.notices
            .values()
            .filter(|notice| notice.is_of_open_case())
            .map(|notice| notice.as_ref().clone())
            .collect()
    }

    /// What was due by time at `now` already when it was learned, and was not before: its moment has passed unheard.
    #[must_use]
    pub fn overdue_since(&self, before: &Self, now: UnixSeconds) -> Vec<DueNotice> {
        let was_due = |key: &String| before.due.get(key).is_some_and(|due| due.at <= now) || before.notices.contains_key(key);
        let new = self.due.iter().filter(|(key, due)| due.at <= now && !was_due(key));
        new.filter(|(_, due)| due.is_owed_late)
            .map(|(_, due)| due.as_ref().clone())
            .collect()
    }

    /// What fell due by time from `since` to `now`.
    #[must_use]
    pub fn due_between(&self, since: UnixSeconds, now: UnixSeconds) -> Vec<Notice> {
        let due = self.due.values().filter(|due| since <= due.at && due.at <= now);
        due.map(|due| due.notice.clone()).collect()
    }

    /// When something falls due by time next, from `since` on.
    #[must_use]
    pub fn next_due_from(&self, since: UnixSeconds) -> Option<UnixSeconds> {
        self.due.values().map(|due| due.at).filter(|&at| at >= since).min()
    }

    /// Whether a notice that was owed is still to be sent: then as it would be told now.
    ///
    /// # Errors
    /// Why it is not.
    pub fn still_owes(&self, notice: &Notice, now: UnixSeconds) -> Result<Notice, Superseded> {
        let key = notice.key();
        if let Notice::PaymentRecovered { invoice, .. } = notice {
            let is_paid = self.paid.contains_key(invoice);
            return is_paid.then(|| notice.clone()).ok_or(Superseded::NoLongerTrue);
        }
        let due = || self.due.get(&key).filter(|due| due.at <= now).map(|due| &due.notice);
        let Some(stands) = self.notices.get(&key).map(Box::as_ref).or_else(due) else {
            return Err(self.why_not(notice));
        };
        match stands {
            Notice::TrialEnding { trial_end: at, .. } | Notice::RenewalUpcoming { due_at: at, .. } if *at <= now => {
                Err(Superseded::Past)
            }
            Notice::PaymentFailed(failed)
                if self
                    .notices
                    .contains_key(&Notice::PaymentActionRequired(failed.clone()).key()) =>
            {
                Err(Superseded::ActionRequired)
            }
            Notice::CardExpiring(card) if self.warns_later_of(card, now) => Err(Superseded::Past),
            current => Ok(current.clone()),
        }
    }

    /// Why a notice does not stand.
    fn why_not(&self, notice: &Notice) -> Superseded {
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

    /// A warning of the same card, nearer to its end, is due.
    fn warns_later_of(&self, card: &ExpiringCard, now: UnixSeconds) -> bool {
        self.due.values().any(|due| match &due.notice {
            Notice::CardExpiring(other) => other.payment_method == card.payment_method && other.days < card.days && due.at <= now,
            _ => false,
        })
    }

    fn stand(&mut self, notice: Notice) {
        self.notices.insert(notice.key(), Box::new(notice));
    }

    fn add_invoice(&mut self, subscriptions: &BTreeMap<SubscriptionId, Box<SubscriptionState>>, id: &InvoiceId, invoice: &Invoice) {
        let Some(subscription) = &invoice.subscription else {
            return;
        };
        let amount = &invoice.shown.amount_due;
        let status = subscriptions.get(subscription).map(|s| &s.status);
        if let Some(closed) = closed(invoice, status) {
            self.closed.insert(id.clone(), closed);
        }
        if let Some(failures) = invoice.failures.filter(|_| !invoice.is_first()) {
            if invoice.status() == InvoiceStatus::Paid {
                self.paid.insert(id.clone(), amount.clone());
            } else {
                self.unpaid.insert(id.clone());
            }
            if case(invoice, status) == DunningCase::Open {
                let failed = failed_payment(id, invoice, failures.attempt);
                self.stand(Notice::PaymentFailed(failed.clone()));
                self.stand(Notice::PaymentFailedAlert(failed));
            }
        }
        if let Some(attempt) = invoice.action_required_attempt
            && invoice.status() == InvoiceStatus::Open
            && !invoice.is_first()
            && subscriptions.get(subscription).is_none_or(|s| !s.status.is_terminal())
        {
            self.stand(Notice::PaymentActionRequired(failed_payment(id, invoice, attempt)));
        }
        if let Some(ended) = subscriptions.get(subscription)
            && is_paid_after_end(invoice, ended)
        {
            self.stand(Notice::PaidAfterCancelAlert {
                invoice: id.clone(),
                subscription: subscription.clone(),
                amount: amount.clone(),
            });
        }
    }

    fn add_subscription(&mut self, customer: &Customer, subscription: &SubscriptionState) {
        let Some(facts) = customer.facts(&subscription.id) else {
            return;
        };
        if subscription.status == Status::Trialing {
            self.stand(Notice::TrialStarted {
                subscription: subscription.id.clone(),
                trial_end: subscription.trial_end,
            });
            let is_announced = |end: &UnixSeconds| facts.announced_trial_ends().any(|announced| announced == *end);
            if let Some(trial_end) = subscription.trial_end.filter(is_announced) {
                self.stand(Notice::TrialEnding {
                    subscription: subscription.id.clone(),
                    trial_end,
                });
            }
        }
        if subscription.status == Status::Paused {
            self.stand(Notice::TrialExpired {
                subscription: subscription.id.clone(),
                trial_end: subscription.trial_end,
            });
        }
        if let Some(renewal) = facts.renewal()
            && !subscription.status.is_terminal()
            && subscription.ends_at().is_none_or(|end| end > renewal.due_at)
            && subscription.current_period_start < Some(renewal.due_at)
        {
            self.stand(Notice::RenewalUpcoming {
                subscription: subscription.id.clone(),
                due_at: renewal.due_at,
                amount: renewal.amount.clone(),
            });
        }
        if subscription.status == Status::Canceled {
            let ending = ending(customer, subscription);
            self.stand(Notice::SubscriptionCanceled(ending.clone()));
            self.stand(Notice::ChurnAlert(ending));
        }
    }

    /// A card that came after a subscription began replaces one; the card of the checkout itself is no news.
    fn add_cards(&mut self, customer: &Customer, subscriptions: &BTreeMap<SubscriptionId, Box<SubscriptionState>>) {
        let first_subscribed_at = subscriptions.values().filter_map(|subscription| subscription.created).min();
        for (id, card) in customer.cards() {
            let is_later = first_subscribed_at.is_some_and(|began| card.attached_at > Some(began));
            if is_later {
                self.stand(Notice::CardUpdated {
                    payment_method: id.clone(),
                    brand: card.shown.brand.clone(),
                    last4: card.shown.last4.clone(),
                });
            }
        }
    }
}

fn failed_payment(id: &InvoiceId, invoice: &Invoice, attempt: u32) -> FailedPayment {
    FailedPayment {
        invoice: id.clone(),
        attempt,
        next_attempt: invoice.shown.next_payment_attempt,
        amount: invoice.shown.amount_due.clone(),
        pay_url: invoice.shown.hosted_invoice_url.clone(),
    }
}

/// Money for something that had already been given up and ended: a person should look.
fn is_paid_after_end(invoice: &Invoice, subscription: &SubscriptionState) -> bool {
    let was_chased = invoice.failures.is_some() || invoice.was_uncollectible();
    let paid_at = invoice.payment.map(|payment| payment.paid_at);
    was_chased
        && subscription.status == Status::Canceled
        && paid_at
            .zip(subscription.ended_at())
            .is_some_and(|(paid_at, ended_at)| paid_at > ended_at)
}

/// Why nobody is asked to pay this invoice, if nobody is. A case that waits for the cardholder has no failure to speak of.
fn closed(invoice: &Invoice, subscription: Option<&Status>) -> Option<Closed> {
    match case(invoice, subscription) {
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

fn ending(customer: &Customer, subscription: &SubscriptionState) -> Ending {
    let details: &Details = &subscription.details;
    let amount = details.recurring_amount.zip(details.currency.as_deref());
    Ending {
        subscription: subscription.id.clone(),
        ended_at: subscription.ended_at(),
        reason: details.cancellation_reason.clone(),
        feedback: details.cancellation_feedback.clone(),
        comment: details.cancellation_comment.clone(),
        created: subscription.created,
        amount: amount.map(|(amount, currency)| Money::new(amount, currency)),
        failed_attempts: customer.failed_attempts(&subscription.id),
    }
}
