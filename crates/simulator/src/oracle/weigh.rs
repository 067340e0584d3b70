//! The truth of a mail's claims.

use stripe_event::{InvoiceStatus, SubscriptionStatus};

use super::life::{Bill, Life};
use super::{Claim, Oracle, Why, Word};

impl Oracle {
    /// Returns true if the claim is true at this time, which must not be before the last event.
    #[must_use]
    pub fn is_so(&self, claim: &Claim<'_>, moment: i64) -> bool {
        match *claim {
            Claim::Owes { invoice, amount } => self.is_of_bill(invoice, |bill| {
                let life = self.life_of(bill);
                bill.is_open() && bill.now.amount_remaining == amount && life.is_some_and(Life::is_living)
            }),
            Claim::IsLeft { invoice, amount } => self.is_of_bill(invoice, |bill| bill.now.amount_remaining == amount),
            Claim::TriesAgain { invoice, at } => self.is_of_bill(invoice, |bill| bill.now.next_payment_attempt == at),
            Claim::WaitsForCardholder { invoice } => self.is_of_bill(invoice, |bill| {
                bill.is_open() && bill.asked >= bill.failed.map(|failed| failed.attempt)
            }),
            Claim::IsOverdue { invoice, due_at } => self.is_of_bill(invoice, |bill| {
                let is_past = due_at <= moment && bill.now.due_date == Some(due_at);
                bill.is_sent() && bill.is_open() && is_past
            }),
            Claim::EndsAt { invoice, at } => self.is_of_bill(invoice, |bill| {
                let since = bill.failed.map_or(moment, |failed| failed.first_at);
                self.life_of(bill).is_some_and(|life| life.end_whatever_is_paid(since) == at)
            }),
            Claim::IsPaid { invoice } => self.is_of_bill(invoice, |bill| bill.now.status == Some(InvoiceStatus::Paid)),
            Claim::WasChased { invoice } => self.is_of_bill(invoice, |bill| bill.was_chased),
            Claim::IsPaidAfterEnd { invoice } => self.is_of_bill(invoice, |bill| self.is_paid_after_end(bill)),
            Claim::IsVoidedUnderService { invoice } => self.is_of_bill(invoice, |bill| self.is_voided_under_service(bill)),
            Claim::CannotBeFinal { invoice } => self.is_of_bill(invoice, |bill| {
                bill.now.status == Some(InvoiceStatus::Draft) && bill.now.finalization_error.is_some()
            }),
            Claim::IsDisputed {
                dispute,
                amount,
                outcome,
            } => self.disputes.get(dispute).is_some_and(|dispute| {
                let decided = dispute.status.as_deref().filter(|&status| status != "needs_response");
                dispute.amount == amount && decided == outcome
            }),
            Claim::IsRefusedForPayment { subscription } => self.is_of_life(subscription, |life| {
                !self.access_at(moment).now.allowed && is_for_payment(self.word(life, moment))
            }),
            Claim::NothingLives => !self.living().any(Life::is_kept),
            Claim::Ended { subscription, why } => {
                self.is_of_life(subscription, |life| life.has_ended() && self.why_ended(life).as_str() == why)
            }
            Claim::WasPaidLast { subscription, amount } => self.is_of_life(subscription, |life| {
                let paid = life
                    .bills(&self.bills)
                    .filter(|bill| bill.now.status == Some(InvoiceStatus::Paid));
                let last = paid.max_by_key(|bill| bill.recency());
                last.map(|bill| bill.now.amount_paid) == amount
            }),
            Claim::IsPaidWith { method, last4 } => self.is_paid_with(method, last4),
            Claim::IsNeededAt { method, at } => self.living().any(|life| {
                let goes_on = life.set_end().is_none_or(|end| end >= at);
                goes_on && life.now.status != SubscriptionStatus::Paused && self.pays(life).contains(&method)
            }),
            Claim::ReplacesAnother { method } => self.replaces_another(method),
            _ => self.is_so_of_life(claim, moment),
        }
    }

    /// Describes the true state for a person: the subscription or invoice of the claim, and the tenant.
    #[must_use]
    pub fn instead_of(&self, claim: &Claim<'_>, moment: i64) -> String {
        let named = format!("{claim:?}");
        let is_named = |id: &&String| named.contains(id.as_str());
        let life = self.lives.keys().find(is_named).and_then(|id| self.lives.get(id));
        let bill = self.bills.keys().find(is_named).and_then(|id| self.bills.get(id));
        let life = life.or_else(|| self.life_of(bill?));
        let of_life = life.map(|life| (life.status.clone(), life.set_end(), self.why_ended(life), self.pays(life)));
        let of_bill = bill.map(|bill| {
            (
                bill.now.status.clone(),
                bill.now.amount_remaining,
                bill.failed.map(|failed| failed.attempt),
                bill.asked,
            )
        });
        format!("{of_life:?} {of_bill:?} {:?}", self.access_at(moment).now)
    }

    fn is_so_of_life(&self, claim: &Claim<'_>, moment: i64) -> bool {
        match *claim {
            Claim::IsInTrialUntil { subscription, at } => self.is_of_life(subscription, |life| {
                life.now.status == SubscriptionStatus::Trialing && life.now.trial_end == at
            }),
            Claim::GoesOnAfterTrial { subscription, at } => self.is_of_life(subscription, |life| {
                let goes_on = life.set_end().is_none_or(|end| end > at);
                life.now.status == SubscriptionStatus::Trialing && life.now.trial_end == Some(at) && goes_on
            }),
            Claim::TrialIsOver { subscription } => self.is_of_life(subscription, |life| {
                let is_over = life.now.trial_end.is_some_and(|end| end <= moment) && life.trial_was_the_last();
                is_over && !self.access_at(moment).now.allowed
            }),
            Claim::Renews {
                subscription,
                at,
                amount,
                is_told_as_trial_end,
            } => self.is_of_life(subscription, |life| {
                let is_trial_end = life.now.status == SubscriptionStatus::Trialing && life.now.trial_end == Some(at);
                let goes_on = life.is_living() && life.set_end().is_none_or(|end| end > at);
                let is_collected = life.now.pause_collection_behavior.is_none();
                amount > 0 && goes_on && is_collected && is_trial_end == is_told_as_trial_end && at > moment
            }),
            Claim::EndIsSet {
                subscription,
                at,
                is_requested,
            } => self.is_of_life(subscription, |life| {
                let is_set = life.set_end() == Some(at) && life.began_with_end != Some(at);
                life.is_living() && is_set && is_requested == life.has_said_why()
            }),
            Claim::NoEndIsSet { subscription } => {
                self.is_of_life(subscription, |life| life.is_living() && life.set_end().is_none())
            }
            Claim::IsPaused {
                subscription,
                is_collection,
                resumes_at,
            } => self.is_of_life(subscription, |life| {
                let is_paused = if is_collection {
                    life.now.pause_collection_behavior.is_some()
                } else {
                    life.now.status == SubscriptionStatus::Paused
                };
                is_paused && life.now.pause_collection_resumes_at.filter(|_| is_collection) == resumes_at
            }),
            Claim::GoesOn { subscription } => self.is_of_life(subscription, |life| {
                let is_collected = life.now.pause_collection_behavior.is_none();
                life.is_living() && life.now.status != SubscriptionStatus::Paused && is_collected
            }),
            Claim::IsUnpaid { subscription } => self.is_of_life(subscription, |life| life.now.status == SubscriptionStatus::Unpaid),
            _ => false,
        }
    }

    fn is_of_bill(&self, invoice: &str, is: impl Fn(&Bill) -> bool) -> bool {
        self.bills.get(invoice).is_some_and(is)
    }

    fn is_of_life(&self, subscription: &str, is: impl Fn(&Life) -> bool) -> bool {
        self.lives.get(subscription).is_some_and(is)
    }

    pub(crate) fn life_of(&self, bill: &Bill) -> Option<&Life> {
        self.lives.get(bill.now.subscription.as_deref()?)
    }

    pub(crate) fn is_paid_after_end(&self, bill: &Bill) -> bool {
        let ended_at = self.life_of(bill).and_then(|life| life.now.ended_at);
        let was_given_up = bill.failed.is_some() || bill.was_uncollectible;
        was_given_up && bill.now.paid_at.zip(ended_at).is_some_and(|(paid, ended)| paid > ended)
    }

    pub(crate) fn is_voided_under_service(&self, bill: &Bill) -> bool {
        let is_served = |life: &Life| {
            matches!(
                life.now.status,
                SubscriptionStatus::Active | SubscriptionStatus::Trialing | SubscriptionStatus::PastDue
            )
        };
        let is_void = bill.now.status == Some(InvoiceStatus::Void);
        is_void && bill.failed.is_some() && self.life_of(bill).is_some_and(is_served)
    }

    /// Returns the reason why it ended: Stripe's, unless that says only that somebody asked; then the customer's; then
    /// the failed attempts.
    pub(crate) fn why_ended(&self, life: &Life) -> Why {
        match life.now.cancellation_details.reason.as_deref() {
            Some("payment_failed") => Why::PaymentFailed,
            Some("payment_disputed") => Why::PaymentDisputed,
            Some("canceled_by_retention_policy") => Why::RetentionPolicy,
            _ if life.has_said_why() => Why::Requested,
            _ if self.owed_at_end(life) => Why::PaymentFailed,
            _ if life.ended_with_trial() => Why::TrialWithoutPaymentMethod,
            _ if life.ran_its_term() => Why::FixedTerm,
            _ => Why::Unknown,
        }
    }

    /// Returns true if the latest invoice failed and is still to be paid.
    fn owed_at_end(&self, life: &Life) -> bool {
        let latest = life.latest(&self.bills);
        latest.is_some_and(|bill| {
            let is_owed = matches!(bill.now.status, Some(InvoiceStatus::Open | InvoiceStatus::Uncollectible));
            is_owed && bill.failed.is_some()
        })
    }

    /// Returns the payment methods that the subscription's next invoice may be charged to: one, or all that came in the
    /// same newest second.
    pub(crate) fn pays<'a>(&'a self, life: &'a Life) -> Vec<&'a str> {
        let is_there = |id: &&str| self.methods.get(*id).is_none_or(|held| !held.is_detached);
        let own = life.now.default_payment_method.as_deref();
        let default = own.filter(is_there).or(self.default_method.as_deref().filter(is_there));
        if life.is_sent() {
            return Vec::new();
        }
        if let Some(default) = default {
            return vec![default];
        }
        let there = || self.methods.iter().filter(|(_, held)| !held.is_detached);
        let newest = there().map(|(_, held)| held.attached_at).max();
        let of_then = there().filter(|(_, held)| Some(held.attached_at) == newest);
        of_then.map(|(id, _)| id.as_str()).collect()
    }

    /// Returns true if some subscription is active, is not to have ended by then, and has all of its invoices paid.
    #[must_use]
    pub fn is_paid_up_at(&self, moment: i64) -> bool {
        let is_paid = |bill: &Bill| bill.now.status == Some(InvoiceStatus::Paid);
        self.lives.values().any(|life| {
            let is_active = life.now.status == SubscriptionStatus::Active;
            is_active && life.set_end().is_none_or(|end| end > moment) && life.bills(&self.bills).all(is_paid)
        })
    }

    fn is_paid_with(&self, method: &str, last4: Option<&str>) -> bool {
        let pays = self.living().any(|life| self.pays(life).contains(&method));
        let is_named = self.methods.get(method).is_some_and(|held| {
            let shown = held.now.card.as_ref().map(|card| card.last4.as_ref());
            last4.is_none() || shown == last4
        });
        pays && is_named
    }

    /// Returns true if there was another before it.
    fn replaces_another(&self, method: &str) -> bool {
        let Some(held) = self.methods.get(method) else {
            return false;
        };
        self.methods.values().any(|other| other.nth < held.nth)
    }
}

/// Returns true if access is refused for a missing payment.
fn is_for_payment(word: Word) -> bool {
    !word.allowed && matches!(word.code, "payment_grace_expired" | "unpaid" | "paused_for_payment")
}
