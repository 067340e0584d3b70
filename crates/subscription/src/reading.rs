//! What an API read comes to, before it is a fact.
//!
//! An event says what a change led to; a read only says what was true at some instant of a few seconds. It is worth the more
//! for it, if nothing that is known can be younger: then it answers for everything before it, lost events too.

use crate::{Customer, Fact, Facts, Folded, InvoiceFact, InvoiceId, Read, Status, SubscriptionFact, SubscriptionId, UnixSeconds};

/// What a read is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Reading {
    /// It tells something new, or settles a doubt or a gap: to be learned.
    Tells,
    /// It agrees with everything known, of which nothing is in doubt or missing: there is nothing to learn.
    Agrees,
    /// Something known may be younger than it. Never wrong, only worth nothing: read again a moment later.
    Inconclusive {
        /// The second of the youngest that is known. A read that began after it is conclusive.
        told_at: UnixSeconds,
    },
}

impl Customer {
    /// What a read of one of its subscriptions is worth, by all that is known.
    pub fn weigh(&self, id: &SubscriptionId, read: &Read) -> Reading {
        let folded = self.facts(id).and_then(Facts::folded);
        let is_known = |folded: &Folded| folded.is_certain() && !folded.gap && folded.snapshot == read.snapshot;
        let agrees = folded.is_some_and(is_known);
        let has_ended = folded.is_some_and(|folded| folded.snapshot.status.is_terminal());
        if has_ended && !read.snapshot.status.is_terminal() {
            // Stripe has no such version any more: the answer is stale, whatever its time.
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

    /// When anything last spoke of a subscription: itself, or an invoice of it that failed or was paid, which is what speaks
    /// before the subscription does.
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

    /// Whether what was read of an invoice says anything that is not known.
    pub fn learns_from(&self, id: &InvoiceId, fact: &InvoiceFact) -> bool {
        self.invoices().get(id).is_none_or(|known| known.learns_from(fact))
    }

    /// Whether this is the subscription's status by both of Stripe's voices.
    fn is_taken_for(&self, id: &SubscriptionId, status: &Status) -> bool {
        self.subscription_states()
            .get(id)
            .is_some_and(|state| state.status == *status)
    }

    /// A read that repeats what the subscription said may still silence an invoice that spoke since.
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
    /// Since when what it tells has been so, as far as it says. An event tells what happened in its second; an object that was
    /// read tells what may have happened long before.
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
    /// Since when the subscription has been what was read, as far as that says; else the moment it was read.
    pub fn since(&self) -> UnixSeconds {
        let since = match self.snapshot.status {
            Status::Canceled | Status::IncompleteExpired => self.ended_at(),
            Status::Paused => self.snapshot.trial_end,
            Status::Trialing => self.details.created,
            Status::Incomplete | Status::Active | Status::PastDue | Status::Unpaid | Status::Unknown(_) => None,
        };
        since.unwrap_or(self.not_before).min(self.not_before)
    }

    /// When it ended, of one that has: as Stripe says; else as it was set to end, unless it ended before that came; else when
    /// that was asked for.
    fn ended_at(&self) -> Option<UnixSeconds> {
        let was = &self.snapshot;
        let at_period_end = was.period_end.filter(|_| was.cancel_at_period_end);
        let known = [self.details.ended_at, at_period_end, was.cancel_at, was.canceled_at];
        known.into_iter().flatten().find(|&at| at <= self.not_before)
    }
}
