//! The evaluation of an API read before it becomes a fact.

use crate::facts::{Fact, Facts, Folded, InvoiceFact, Read, Reading, SubscriptionFact};
use crate::{Customer, InvoiceId, Status, SubscriptionId, UnixSeconds};

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
