//! The facts about one subscription: a set that only grows, and whose oldest part may be summed up.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::memo::Memo;
use crate::{Baseline, Details, EventId, Folded, Money, Snapshot, Status, UnixSeconds, fold};

/// The content of an event or an API read about a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SubscriptionFact {
    /// A `customer.subscription.*` event.
    Change(Change),
    /// The result of an API read.
    Read(Read),
    /// An `invoice.upcoming` event.
    Renewal(Renewal),
    /// The sum of older changes and reads.
    Baseline(Box<Baseline>),
}

impl SubscriptionFact {
    /// Returns the last second of which it may speak.
    pub fn told_at(&self) -> UnixSeconds {
        match self {
            Self::Change(change) => change.created,
            Self::Read(read) => read.not_after,
            Self::Renewal(renewal) => renewal.announced_at,
            Self::Baseline(baseline) => baseline.through,
        }
    }
}

impl SubscriptionFact {
    /// Returns the statuses that it mentions.
    pub fn statuses(&self) -> impl Iterator<Item = &Status> {
        let (change, read) = match self {
            Self::Change(change) => (Some(change), None),
            Self::Read(read) => (None, Some(&read.snapshot)),
            Self::Renewal(_) | Self::Baseline(_) => (None, None),
        };
        let changed = change.into_iter().flat_map(Change::mentions);
        changed.chain(read).map(|snapshot| &snapshot.status)
    }
}

/// A `customer.subscription.*` event: the subscription after a change and, if the event says so, before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The event. It is also the fact's key: the same event twice is one fact.
    pub event: EventId,
    /// The event's `created`.
    pub created: UnixSeconds,
    /// The kind of event.
    pub cause: Cause,
    /// The subscription before the change.
    pub before: Before,
    /// The subscription after it.
    pub after: Snapshot,
    /// The other fields of the object.
    pub details: Details,
    /// The other fields before the change, if the event reports them and they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_before: Option<Box<Details>>,
}

/// The kind of subscription event from which a [`Change`] comes.
///
/// The order is the last resort for changes of one second that nothing else can order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// `customer.subscription.created`
    Created,
    /// `customer.subscription.trial_will_end`
    TrialWillEnd,
    /// `paused`, `resumed`, `pending_update_applied`, `pending_update_expired`: announcements in addition to an update.
    Note,
    /// `customer.subscription.updated`
    Updated,
    /// `customer.subscription.deleted`
    Deleted,
}

/// The subscription before a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// It did not exist: the change is its creation.
    Nothing,
    /// The object with `previous_attributes` applied.
    Known(Box<Snapshot>),
    /// The event does not say.
    Unknown,
}

impl Change {
    /// Returns the snapshots that it mentions.
    pub(crate) fn mentions(&self) -> impl Iterator<Item = &Snapshot> {
        let before = match &self.before {
            Before::Known(snapshot) => Some(snapshot.as_ref()),
            Before::Nothing | Before::Unknown => None,
        };
        before.into_iter().chain([&self.after])
    }
}

/// An accepted API read: the subscription at some instant between two moments of Stripe's clock.
///
/// ```text
/// not_before = Date header − ⌈round trip⌉ − 1 s        not_after = Date header + 1 s
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Read {
    /// The earliest possible instant.
    pub not_before: UnixSeconds,
    /// The latest possible instant.
    pub not_after: UnixSeconds,
    /// The subscription at that instant.
    pub snapshot: Snapshot,
    /// The other fields of the object. Facts written before reads had them hold the default.
    #[serde(default)]
    pub details: Details,
}

/// Stripe's announcement of a renewal, some days ahead (`invoice.upcoming`, which names no invoice).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Renewal {
    /// The time at which the renewal is due.
    pub due_at: UnixSeconds,
    /// The event's `created`.
    pub announced_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// The amount of the renewal.
    pub amount: Money,
}

/// Everything known about one subscription.
///
/// Facts are only ever added, and a second copy changes nothing. So two sets with the same facts are equal, whatever
/// the order of arrival. [`Facts::compacted`] says the same in fewer facts.
///
/// Large values are boxed here and in [`Customer`](crate::Customer) and [`Standing`](crate::Standing). A B-tree node
/// has room for eleven values, and a customer seldom has more than three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    baseline: Option<Box<Baseline>>,
    changes: BTreeMap<EventId, Box<Change>>,
    reads: BTreeSet<Read>,
    renewal: Option<Box<Renewal>>,
    folded: Memo<Option<Box<Folded>>>,
}

impl Facts {
    /// Adds a fact. Returns `false` if it says nothing new: it is already known, the baseline covers it, or a later
    /// renewal is announced. Of two shapes of one event, the first one stays.
    pub fn insert(&mut self, fact: SubscriptionFact) -> bool {
        let is_new = self.add(fact);
        if is_new {
            self.folded.forget();
        }
        is_new
    }

    fn add(&mut self, fact: SubscriptionFact) -> bool {
        use std::collections::btree_map::Entry;
        match fact {
            SubscriptionFact::Change(change) => match self.changes.entry(change.event.clone()) {
                Entry::Vacant(slot) if !covers(self.baseline.as_deref(), change.created, &change.after) => {
                    slot.insert(Box::new(change));
                    true
                }
                Entry::Vacant(_) | Entry::Occupied(_) => false,
            },
            SubscriptionFact::Read(read) => {
                !covers(self.baseline.as_deref(), read.not_after, &read.snapshot) && self.reads.insert(read)
            }
            SubscriptionFact::Renewal(renewal) => {
                let is_later = self.renewal.as_deref() < Some(&renewal);
                if is_later {
                    self.renewal = Some(Box::new(renewal));
                }
                is_later
            }
            SubscriptionFact::Baseline(baseline) => {
                let is_later = self.baseline().is_none_or(|known| known.through < baseline.through);
                if is_later {
                    self.changes
                        .retain(|_, change| !baseline.covers(change.created, &change.after));
                    self.reads.retain(|read| !baseline.covers(read.not_after, &read.snapshot));
                    self.baseline = Some(baseline);
                }
                is_later
            }
        }
    }

    /// Replaces the details of a known change by those read now. Returns `false` if they are the same or the change is
    /// unknown.
    pub(crate) fn retell(&mut self, told: &Change) -> bool {
        let Some(known) = self.changes.get_mut(&told.event) else {
            return false;
        };
        let is_new = known.details != told.details || known.details_before != told.details_before;
        known.details = told.details.clone();
        known.details_before.clone_from(&told.details_before);
        is_new
    }

    /// Returns the [`fold`] of the facts, computed once. Most events of a customer concern an invoice or a card and
    /// leave it as it is.
    pub(crate) fn folded(&self) -> Option<&Folded> {
        self.folded.get_or_compute(|| fold(self).map(Box::new)).as_deref()
    }

    /// Returns the number of facts.
    pub(crate) fn len(&self) -> usize {
        let others = [self.baseline.is_some(), self.renewal.is_some()];
        self.changes.len() + self.reads.len() + others.into_iter().filter(|&is_there| is_there).count()
    }

    /// Returns the sum of the oldest facts, if they were compacted.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_deref()
    }

    /// Returns the known events by id, without those in the baseline.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.values().map(Box::as_ref)
    }

    /// Returns the known API reads, oldest first, without those in the baseline.
    pub fn reads(&self) -> impl DoubleEndedIterator<Item = &Read> {
        self.reads.iter()
    }

    /// Returns the renewal announced last. Earlier ones are obsolete and not kept.
    pub fn renewal(&self) -> Option<&Renewal> {
        self.renewal.as_deref()
    }

    /// Returns every fact that the state is made of: all but the renewal.
    pub(crate) fn told(&self) -> impl Iterator<Item = SubscriptionFact> {
        let baseline = self.baseline.iter().cloned().map(SubscriptionFact::Baseline);
        let changes = self.changes().cloned().map(SubscriptionFact::Change);
        let reads = self.reads().cloned().map(SubscriptionFact::Read);
        baseline.chain(changes).chain(reads)
    }

    /// Returns every fact, in a form that can be added again.
    pub fn iter(&self) -> impl Iterator<Item = SubscriptionFact> {
        self.told().chain(self.renewal().cloned().map(SubscriptionFact::Renewal))
    }

    /// Returns `true` if a read can be accepted: it is newer than everything known, so nothing known can contradict it.
    ///
    /// A read that cannot be accepted is inconclusive, never wrong. The caller reads again a moment later.
    pub fn accepts(&self, read: &Read) -> bool {
        Some(read.not_before) > self.last_told_at()
    }
}

impl FromIterator<SubscriptionFact> for Facts {
    fn from_iter<I: IntoIterator<Item = SubscriptionFact>>(told: I) -> Self {
        let mut facts = Self::default();
        for fact in told {
            facts.insert(fact);
        }
        facts
    }
}

fn covers(baseline: Option<&Baseline>, told_at: UnixSeconds, told: &Snapshot) -> bool {
    baseline.is_some_and(|baseline| baseline.covers(told_at, told))
}
