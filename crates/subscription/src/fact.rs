//! What is known about one subscription: a set that only grows.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Details, EventId, Money, Snapshot, UnixSeconds};

/// What an event or an API read said about a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SubscriptionFact {
    /// A `customer.subscription.*` event.
    Change(Change),
    /// The answer of an API read.
    Read(Read),
    /// An `invoice.upcoming` event.
    Renewal(Renewal),
}

/// A `customer.subscription.*` event: the subscription as it was after, and where the event says so before, a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The event, which is also the fact's key: the same event twice is one fact.
    pub event: EventId,
    /// The event's `created`.
    pub created: UnixSeconds,
    /// Which event it was.
    pub cause: Cause,
    /// The subscription before the change.
    pub before: Before,
    /// The subscription after it.
    pub after: Snapshot,
    /// What else the object said.
    pub details: Details,
}

/// Which subscription event a [`Change`] comes from.
///
/// The order is the guess of last resort, for changes of one second that nothing else can order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// `customer.subscription.created`
    Created,
    /// `customer.subscription.trial_will_end`
    TrialWillEnd,
    /// `paused`, `resumed`, `pending_update_applied`, `pending_update_expired`: announcements beside an update.
    Note,
    /// `customer.subscription.updated`
    Updated,
    /// `customer.subscription.deleted`
    Deleted,
}

/// What a subscription was before a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// It did not exist: the change is its creation.
    Nothing,
    /// The object with `previous_attributes` laid over it.
    Known(Box<Snapshot>),
    /// The event does not say.
    Unknown,
}

/// An accepted API read: what the subscription was at some instant between two moments of Stripe's clock.
///
/// ```text
/// not_before = Date header − ⌈round trip⌉ − 1 s        not_after = Date header + 1 s
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Read {
    /// The instant was not before this.
    pub not_before: UnixSeconds,
    /// The instant was not after this.
    pub not_after: UnixSeconds,
    /// What was read.
    pub snapshot: Snapshot,
}

/// Stripe's announcement of a renewal, some days ahead (`invoice.upcoming`, which names no invoice).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Renewal {
    /// When the renewal is due.
    pub due_at: UnixSeconds,
    /// The event's `created`.
    pub announced_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// What it will cost.
    pub amount: Money,
}

/// Everything known about one subscription.
///
/// Adding is the only operation, and adding twice is adding once, so two sets that were told the same things in any order
/// are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    changes: BTreeMap<EventId, Change>,
    reads: BTreeSet<Read>,
    renewals: BTreeMap<EventId, Renewal>,
}

impl Facts {
    /// Adds a fact. `false` if it was already known. Of two shapes of one event the first is kept.
    pub fn insert(&mut self, fact: SubscriptionFact) -> bool {
        use std::collections::btree_map::Entry;
        match fact {
            SubscriptionFact::Change(change) => match self.changes.entry(change.event.clone()) {
                Entry::Vacant(slot) => {
                    slot.insert(change);
                    true
                }
                Entry::Occupied(_) => false,
            },
            SubscriptionFact::Read(read) => self.reads.insert(read),
            SubscriptionFact::Renewal(renewal) => match self.renewals.entry(renewal.event.clone()) {
                Entry::Vacant(slot) => {
                    slot.insert(renewal);
                    true
                }
                Entry::Occupied(_) => false,
            },
        }
    }

    /// How many facts there are.
    pub(crate) fn len(&self) -> usize {
        self.changes.len() + self.reads.len() + self.renewals.len()
    }

    /// The events known, by id.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.values()
    }

    /// The API reads known, oldest first.
    pub fn reads(&self) -> impl DoubleEndedIterator<Item = &Read> {
        self.reads.iter()
    }

    /// The renewal announced last.
    pub fn renewal(&self) -> Option<&Renewal> {
        self.renewals.values().max()
    }

    /// The newest change, of several in one second the likeliest last.
    pub fn newest(&self) -> Option<&Change> {
        self.changes().max_by_key(|c| (c.created, c.cause, &c.event))
    }

    /// Whether a read can be accepted: it must be newer than everything known, so that nothing known can contradict it.
    ///
    /// A read that cannot is inconclusive, never wrong: read again a moment later.
    pub fn accepts(&self, read: &Read) -> bool {
        let newest_change = self.changes().map(|c| c.created).max();
        let newest_read = self.reads().map(|r| r.not_after).max();
        Some(read.not_before) > newest_change.max(newest_read)
    }
}
