//! The standing of a customer, and the notices that a change of it owes.
//!
//! The notices that *stand* are a function of the facts, like the state. A change owes the notices that stand after it
//! and did not stand before. Two kinds of notice react differently to a late fact, on purpose:
//! - A notice that asks or warns stands only while its reason does (a failed payment: while the case is open). So a
//!   late failure of a paid invoice owes nothing.
//! - A notice that closes something (a cancellation, churn) stands for good once its fact is known. So it is owed
//!   exactly once, in any order.

use std::collections::{BTreeMap, BTreeSet};

use super::due::{self, DueNotice};
use super::ending::{ending, last_of};
use super::notice::{Notice, SetEnd};
use crate::access::Policy;
use crate::state::{Closed, CustomerState, SubscriptionState};
use crate::{Customer, InvoiceId, Money, SubscriptionId, UnixSeconds};

mod invoices;
mod subscriptions;
mod superseded;

pub use superseded::Superseded;

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

impl Customer {
    /// Returns the customer's state and its current notices. The default [`Policy`] decides what falls due by time.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing_under(&Policy::default())
    }

    /// Returns the same; this policy decides what falls due by time.
    #[must_use]
    pub fn standing_under(&self, policy: &Policy) -> Standing {
        Standing::of(self, policy)
    }
}

impl Standing {
    fn of(customer: &Customer, policy: &Policy) -> Self {
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

    fn add_disputes(&mut self, customer: &Customer) {
        for (id, dispute) in customer.disputes() {
            self.stand(dispute.notice(id));
        }
    }
}

fn is_paused(one: &SubscriptionState) -> bool {
    one.pause.is_some() || one.collection_paused.is_some()
}
