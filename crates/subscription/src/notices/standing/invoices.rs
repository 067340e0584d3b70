//! The notices that stand because of an invoice.

use std::collections::BTreeMap;

use super::Standing;
use crate::access::Policy;
use crate::facts::{Invoice, InvoiceStatus};
use crate::notices::notice::{FailedPayment, Notice, UncollectedInvoice};
use crate::state::{Closed, DunningCase, SubscriptionState, case, is_of_checkout};
use crate::{InvoiceId, Status, SubscriptionId, UnixSeconds};

impl Standing {
    pub(super) fn add_invoice(
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
