//! The set of facts about one subscription. It only grows, and its oldest part may be summed up.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::Baseline;
use super::folded::Folded;
use super::memo::Memo;
use super::snapshot::Snapshot;
use super::subscription_fact::{Change, Read, Renewal, SubscriptionFact};
use crate::{EventId, UnixSeconds};

/// Everything known about one subscription.
///
/// Facts are only ever added, and a second copy changes nothing. So two sets with the same facts are equal, whatever
/// the order of arrival. [`Facts::compacted`] says the same in fewer facts.
///
/// Large values are boxed here, in [`Customer`](crate::Customer) and in [`Standing`](crate::notices::Standing). A
/// B-tree node has room for eleven values, and a customer seldom has more than three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    baseline: Option<Box<Baseline>>,
    changes: BTreeMap<EventId, Box<Change>>,
    reads: BTreeSet<Read>,
    renewal: Option<Box<Renewal>>,
    pub(super) folded: Memo<Option<Box<Folded>>>,
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
