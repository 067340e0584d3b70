//! Sums of changes: snapshots that were reached and left again cancel out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::baseline::Term;
use super::super::set::Facts;
use super::super::snapshot::Snapshot;
use super::super::subscription_fact::{Before, Change};

/// The formal sum of [after] − [before] over the changes that report both.
#[derive(Default)]
pub(crate) struct Sum<'a>(BTreeMap<Option<&'a Snapshot>, i64>);

impl<'a> Sum<'a> {
    /// Sums up all changes, those in the baseline included.
    pub(crate) fn of_all(facts: &'a Facts) -> Self {
        let mut sum = Self::default();
        for (snapshot, times) in facts.baseline().into_iter().flat_map(|baseline| &baseline.sum) {
            sum.add(snapshot.as_ref(), *times);
        }
        for change in facts.changes() {
            sum.add_change(change);
        }
        sum
    }

    fn add_change(&mut self, change: &'a Change) {
        let before = match &change.before {
            Before::Nothing => None,
            Before::Known(snapshot) => Some(snapshot.as_ref()),
            Before::Unknown => return,
        };
        self.add(Some(&change.after), 1);
        self.add(before, -1);
    }

    fn add(&mut self, snapshot: Option<&'a Snapshot>, times: i64) {
        *self.0.entry(snapshot).or_default() += times;
    }

    /// Returns the terms that do not cancel out.
    pub(crate) fn into_terms(self) -> Vec<Term> {
        let left_over = self.0.into_iter().filter(|&(_, times)| times != 0);
        left_over.map(|(snapshot, times)| (snapshot.cloned(), times)).collect()
    }
}

/// A sum without the terms that cancel out: the snapshots reached and the snapshots left.
pub(super) struct Net<'a> {
    pub(super) gained: BTreeSet<&'a Snapshot>,
    lost: BTreeSet<Option<&'a Snapshot>>,
}

impl<'a> Net<'a> {
    pub(super) fn of(changes: &[&'a Change]) -> Self {
        let mut sum = Sum::default();
        for change in changes {
            sum.add_change(change);
        }
        Self::from(sum)
    }

    pub(super) fn only_gained(&self) -> Option<&'a Snapshot> {
        (self.gained.len() == 1).then(|| self.gained.first().copied()).flatten()
    }

    /// Returns `true` if this snapshot was left and no other. `None` stands for the state before creation.
    pub(super) fn lost_only(&self, snapshot: Option<&Snapshot>) -> bool {
        self.lost.len() == 1 && self.lost.contains(&snapshot)
    }

    /// Returns the changes that may have been the last: those that led to a remaining snapshot, or all of them if none
    /// remains.
    pub(super) fn candidates<'b>(&'b self, changes: &'b [&'a Change]) -> impl Iterator<Item = &'a Change> + 'b {
        changes
            .iter()
            .copied()
            .filter(|change| self.gained.is_empty() || self.gained.contains(&change.after))
    }
}

impl<'a> From<Sum<'a>> for Net<'a> {
    fn from(sum: Sum<'a>) -> Self {
        let sum = sum.0;
        let gained = sum.iter().filter(|&(_, &n)| n > 0).filter_map(|(&snapshot, _)| snapshot);
        let lost = sum.iter().filter(|&(_, &n)| n < 0).map(|(&snapshot, _)| snapshot);
        Self {
            gained: gained.collect(),
            lost: lost.collect(),
        }
    }
}
