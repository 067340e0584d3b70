//! The changes of a record, for whoever stores them.

use std::collections::BTreeSet;

use subscription::facts::SubscriptionFact;
use subscription::notices::Standing;
use subscription::state::SubscriptionState;
use subscription::{InvoiceId, PaymentMethodId, SubscriptionId, UnixSeconds};

use super::{BoundNow, CustomerRecord, NewProposal};
use crate::{DriftEntry, NewNotice, ReadReason, TenantRecord, TimelineNote, UnixMicros};

/// What is to be stored of a record.
#[derive(Debug, Default)]
pub struct Changes {
    /// The new alarm, if the customer's own row is to be written: the time when a notice next falls due, or `None`.
    pub customer: Option<Option<UnixSeconds>>,
    /// New facts of subscriptions.
    pub facts: Vec<(SubscriptionId, SubscriptionFact)>,
    /// Facts of subscriptions to be replaced.
    pub retold: Vec<(SubscriptionId, SubscriptionFact)>,
    /// Subscriptions whose state is to be replaced.
    pub subscriptions: Vec<SubscriptionId>,
    /// Invoices whose joined facts are to be replaced.
    pub invoices: BTreeSet<InvoiceId>,
    /// Payment methods whose joined facts are to be replaced.
    pub cards: BTreeSet<PaymentMethodId>,
    /// The tenant, if there is one.
    pub tenant: Option<TenantChange>,
    /// New entries of timelines.
    pub timeline: Vec<TimelineNote>,
    /// Notices that are owed now, unless they were owed before.
    pub owed: Vec<NewNotice>,
    /// The keys of notices to be owed again if they were superseded by a replacement.
    pub owed_again: BTreeSet<String>,
    /// Drift that was found.
    pub drift: Vec<DriftEntry>,
    /// Claims to be recorded.
    pub proposals: Vec<NewProposal>,
    /// Reads of subscriptions that are wanted, or no longer needed.
    pub reads: Vec<ReadChange>,
}

/// A tenant whose read model may have changed.
#[derive(Debug)]
pub struct TenantChange {
    /// The tenant.
    pub tenant: TenantRecord,
    /// True if it has certainly changed. Otherwise it has only if the stored read model differs from the state that the
    /// facts give, which rules or a policy of another time may have given.
    pub is_certain: bool,
    /// Set if a claim bound the tenant just now.
    pub bound_now: Option<BoundNow>,
}

/// A change of what Stripe is to be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadChange {
    /// The subscription is to be read, for this reason, from this time on.
    Wanted(SubscriptionId, ReadReason, UnixMicros),
    /// No read of the subscription is needed any more.
    Settled(SubscriptionId),
}

impl CustomerRecord {
    /// Takes out what is to be stored. Nothing is left to be stored then.
    pub fn take_changes(&mut self, now: UnixMicros) -> Changes {
        let mut changes = Changes {
            customer: std::mem::take(&mut self.is_changed).then_some(self.wake_at),
            facts: std::mem::take(&mut self.facts),
            retold: std::mem::take(&mut self.retold),
            invoices: std::mem::take(&mut self.invoices),
            cards: std::mem::take(&mut self.cards),
            timeline: std::mem::take(&mut self.timeline),
            owed: std::mem::take(&mut self.owed),
            owed_again: std::mem::take(&mut self.owed_again),
            drift: std::mem::take(&mut self.drift),
            proposals: std::mem::take(&mut self.proposals),
            ..Changes::default()
        };
        if let Some(stored) = self.stored.take() {
            changes.add_subscriptions(&stored, self.standing(), now);
        }
        let bound_now = self.bound_now.take();
        let is_certain = std::mem::take(&mut self.is_tenant_told) || bound_now.is_some();
        changes.tenant = self.tenant.take().map(|tenant| TenantChange {
            tenant,
            is_certain,
            bound_now,
        });
        changes
    }
}

impl Changes {
    /// Adds the subscriptions that differ. Any fact may change any subscription: the card that pays is part of a
    /// subscription's state.
    fn add_subscriptions(&mut self, stored: &Standing, standing: &Standing, now: UnixMicros) {
        for (id, state) in &standing.subscriptions {
            let before = stored.subscriptions.get(id).map(Box::as_ref);
            if before != Some(state) {
                self.add_subscription(before, state, now);
            }
        }
        // Stripe ends each subscription of a deleted customer and says so, and a read checks that it did.
        if stored.state.deleted_at.is_none() && standing.state.deleted_at.is_some() {
            let living = standing.state.subscriptions().filter(|one| !one.status.is_terminal());
            self.reads
                .extend(living.map(|one| ReadChange::wanted(&one.id, ReadReason::CustomerDeleted, now)));
        }
    }

    /// Adds a subscription's new state, and wants or settles its read.
    fn add_subscription(&mut self, before: Option<&SubscriptionState>, state: &SubscriptionState, now: UnixMicros) {
        self.subscriptions.push(state.id.clone());
        let (before, after) = (before.and_then(ReadReason::of), ReadReason::of(state));
        match after {
            Some(reason) if before < after => self.reads.push(ReadChange::wanted(&state.id, reason, now)),
            None if before.is_some() => self.reads.push(ReadChange::Settled(state.id.clone())),
            Some(_) | None => {}
        }
    }
}

impl ReadChange {
    fn wanted(subscription: &SubscriptionId, reason: ReadReason, now: UnixMicros) -> Self {
        Self::Wanted(subscription.clone(), reason, reason.due_at(now))
    }
}
