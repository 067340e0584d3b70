//! Where a customer stands, and what a change of that owes.
//!
//! The notices that *stand* are a function of the facts, like the state. What a change owes is what stands after it and
//! did not before. Two kinds of notice behave differently under a late fact, and should:
//! - one that asks or warns stands only while its reason does (a failed payment: while the case is open), so a late failure
//!   of a paid invoice owes nothing;
//! - one that closes (a cancellation, churn) stands for good once its fact is known, so it is owed exactly once in any order.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Cause, Customer, CustomerState, Details, DunningCase, Ending, FailedPayment, Invoice, InvoiceId, InvoiceStatus, Money, Notice,
    Status, SubscriptionId, SubscriptionState, case,
};

/// A customer's state with the notices that stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the tenant is to be told it is.
    pub state: CustomerState,
    /// Each subscription's state.
    pub subscriptions: BTreeMap<SubscriptionId, SubscriptionState>,
    notices: BTreeMap<String, Notice>,
    /// Invoices that failed and are not paid, whatever became of their subscription.
    unpaid: BTreeSet<InvoiceId>,
    /// Invoices that failed and are paid, with what was owed.
    paid: BTreeMap<InvoiceId, Money>,
}

impl Standing {
    pub(crate) fn of(customer: &Customer) -> Self {
        let subscriptions = customer.subscription_states();
        let mut standing = Self {
            state: CustomerState::governed_by(subscriptions.values().cloned()),
            notices: BTreeMap::new(),
            unpaid: BTreeSet::new(),
            paid: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
        };
        for (id, invoice) in customer.invoices() {
            standing.add_invoice(&subscriptions, id, invoice);
        }
        for subscription in subscriptions.values() {
            standing.add_subscription(customer, subscription);
        }
        standing.add_cards(customer, &subscriptions);
        standing.subscriptions = subscriptions;
        standing
    }

    /// The notices that the way from `before` to here owes.
    #[must_use]
    pub fn owed_since(&self, before: &Self) -> Vec<Notice> {
        let new = self.notices.iter().filter(|(key, _)| !before.notices.contains_key(*key));
        // A recovery closes a case that was seen open. Where the payment overtook the failure there is nothing to close.
        let recovered = self.paid.iter().filter(|(invoice, _)| before.unpaid.contains(*invoice));
        new.map(|(_, notice)| notice.clone())
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
            .cloned()
            .collect()
    }

    fn stand(&mut self, notice: Notice) {
        self.notices.insert(notice.key(), notice);
    }

    fn add_invoice(&mut self, subscriptions: &BTreeMap<SubscriptionId, SubscriptionState>, id: &InvoiceId, invoice: &Invoice) {
        let Some(subscription) = &invoice.subscription else {
            return;
        };
        let amount = &invoice.shown.amount_due;
        if let Some(failures) = invoice.failures.filter(|_| !invoice.is_first()) {
            if invoice.status() == InvoiceStatus::Paid {
                self.paid.insert(id.clone(), amount.clone());
            } else {
                self.unpaid.insert(id.clone());
            }
            let status = subscriptions.get(subscription).map(|s| &s.status);
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
            let announced = facts.changes().any(|change| {
                change.cause == Cause::TrialWillEnd
                    && change.after.status == Status::Trialing
                    && change.after.trial_end == subscription.trial_end
                    && change.after.trial_end > Some(change.created)
            });
            if let Some(trial_end) = subscription.trial_end.filter(|_| announced) {
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
            let ending = ending(subscription);
            self.stand(Notice::SubscriptionCanceled(ending.clone()));
            self.stand(Notice::ChurnAlert(ending));
        }
    }

    /// A card that came after a subscription began replaces one; the card of the checkout itself is no news.
    fn add_cards(&mut self, customer: &Customer, subscriptions: &BTreeMap<SubscriptionId, SubscriptionState>) {
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
        && subscription.status_since.is_some()
        && paid_at > subscription.status_since
}

fn ending(subscription: &SubscriptionState) -> Ending {
    let details: &Details = &subscription.details;
    let amount = details.recurring_amount.zip(details.currency.as_deref());
    Ending {
        subscription: subscription.id.clone(),
        ended_at: subscription.status_since,
        reason: details.cancellation_reason.clone(),
        feedback: details.cancellation_feedback.clone(),
        comment: details.cancellation_comment.clone(),
        created: subscription.created,
        amount: amount.map(|(amount, currency)| Money::new(amount, currency)),
    }
}
