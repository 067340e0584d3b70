//! The evaluation of an API read before it becomes a fact.
//!
//! An event says what a change led to. A read only says what was true at some instant within a few seconds. But if
//! nothing known can be younger, a read is worth more: it answers for everything before it, lost events included.

use crate::{Customer, Fact, Facts, Folded, InvoiceFact, InvoiceId, Read, Status, SubscriptionFact, SubscriptionId, UnixSeconds};

/// The value of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Reading {
    /// It says something new, or settles a doubt or a gap. It should be added.
    Tells,
    /// It agrees with everything known, and nothing is in doubt or missing. There is nothing to add.
    Agrees,
    /// Something known may be younger than it. Such a read is worthless but never wrong; the caller reads again a
    /// moment later.
    Inconclusive {
        /// The second of the youngest fact known. A read that begins after it is conclusive.
        told_at: UnixSeconds,
    },
}

impl Customer {
    /// Decides the value of a read of one of its subscriptions, given everything known.
    pub fn weigh(&self, id: &SubscriptionId, read: &Read) -> Reading {
        let folded = self.facts(id).and_then(Facts::folded);
        let is_known = |folded: &Folded| folded.is_certain() && !folded.gap && folded.snapshot == read.snapshot;
        let agrees = folded.is_some_and(is_known);
        let has_ended = folded.is_some_and(|folded| folded.snapshot.status.is_terminal());
        if has_ended && !read.snapshot.status.is_terminal() {
            // Stripe no longer has such a version. The answer is stale, whatever its time.
            let told_at = self.last_told_of(id).unwrap_or_default().max(read.not_before);
            return Reading::Inconclusive { told_at };
        }
        match self.last_told_of(id) {
            Some(told_at) if told_at >= read.not_before => {
                let says_no_more = self.facts(id).and_then(Facts::details) == Some(&read.details);
                if agrees && says_no_more && self.is_taken_for(id, &read.snapshot.status) {
                    Reading::Agrees
                } else {
                    Reading::Inconclusive { told_at }
                }
            }
            _ if agrees && !self.would_change_by(id, read) => Reading::Agrees,
            _ => Reading::Tells,
        }
    }

    /// Returns the time of the newest fact about a subscription: from itself, or from a failed or paid invoice, because
    /// an invoice may report a change before the subscription does.
    pub fn last_told_of(&self, id: &SubscriptionId) -> Option<UnixSeconds> {
        let by_itself = self.facts(id).and_then(Facts::last_told_at);
        let invoices = self
            .invoices()
            .values()
            .filter(|invoice| invoice.subscription.as_ref() == Some(id));
        let by_invoice = invoices.flat_map(|invoice| {
            let failed_at = invoice.failures.map(|failures| failures.last_at);
            let paid_at = invoice.payment.map(|payment| payment.last_told_at);
            [failed_at, paid_at].into_iter().flatten()
        });
        by_invoice.chain(by_itself).max()
    }

    /// Returns `true` if a read of an invoice says anything new.
    pub fn learns_from(&self, id: &InvoiceId, fact: &InvoiceFact) -> bool {
        self.invoices().get(id).is_none_or(|known| known.learns_from(fact))
    }

    /// Returns `true` if this is the subscription's effective status.
    fn is_taken_for(&self, id: &SubscriptionId, status: &Status) -> bool {
        self.subscription_states()
            .get(id)
            .is_some_and(|state| state.status == *status)
    }

    /// Returns `true` if the read would change the state. A read that repeats the subscription's own status can still
    /// overrule a newer invoice.
    fn would_change_by(&self, id: &SubscriptionId, read: &Read) -> bool {
        let mut after = self.clone();
        after.learn(Fact::Subscription {
            id: id.clone(),
            fact: SubscriptionFact::Read(read.clone()),
        });
        after.subscription_states().get(id) != self.subscription_states().get(id)
    }
}

impl Fact {
    /// Returns the time since which the fact has been true, as far as it says. An event describes a change in its own
    /// second. A read object may have been in its state for long.
    pub fn since(&self) -> UnixSeconds {
        match self {
            Self::Subscription { fact, .. } => match fact {
                SubscriptionFact::Read(read) => read.since(),
                SubscriptionFact::Change(_) | SubscriptionFact::Renewal(_) | SubscriptionFact::Baseline(_) => fact.told_at(),
            },
            Self::Invoice { fact, .. } => fact.paid_at.unwrap_or(fact.told_at).min(fact.told_at),
            Self::Card { card, .. } => card.shown.told_at,
            Self::Profile(version) => version.told_at,
            Self::Dispute { dispute, .. } => dispute.told_at,
            Self::Schedule { schedule, .. } => schedule.told_at,
        }
    }
}

impl Read {
    /// Returns the time since which the subscription has been in the state read, as far as the read says; else the time
    /// of the read.
    pub fn since(&self) -> UnixSeconds {
        let since = match self.snapshot.status {
            Status::Canceled | Status::IncompleteExpired => self.ended_at(),
            Status::Paused => self.snapshot.trial_end,
            Status::Trialing => self.details.created,
            Status::Incomplete | Status::Active | Status::PastDue | Status::Unpaid | Status::Unknown(_) => None,
        };
        since.unwrap_or(self.not_before).min(self.not_before)
    }

    /// Returns the end of a subscription that has ended: the end that Stripe reports, else the end that was set if it
    /// is not after the read, else the time of the cancellation request.
    fn ended_at(&self) -> Option<UnixSeconds> {
        let was = &self.snapshot;
        let at_period_end = was.period_end.filter(|_| was.cancel_at_period_end);
        let known = [self.details.ended_at, at_period_end, was.cancel_at, was.canceled_at];
        known.into_iter().flatten().find(|&at| at <= self.not_before)
    }
}
