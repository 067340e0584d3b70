//! The fold: from the set of facts about a subscription to its present state.
//!
//! An event says two things about its second: the snapshot after the change and, if it carries `previous_attributes`,
//! the snapshot before it. The events of one second have no order. Snapshots that were reached and left again cancel
//! out, and the remainder is the state at the end of the second: if v₀→v₁→…→vₙ are the changes of a second, the sum of
//! [after] − [before] telescopes to [vₙ] − [v₀]. Seconds follow each other, so the answer for the last second is the
//! state.

mod sum;

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::Baseline;
use super::folded::{Doubt, Folded};
use super::set::Facts;
use super::snapshot::Snapshot;
use super::subscription_fact::{Cause, Change, Read};
use crate::{Status, UnixSeconds};

use sum::Net;
pub(super) use sum::Sum;

/// Computes the state from the facts. Returns `None` if they say nothing about it.
///
/// The function is pure and takes a *set*: order and repetition of facts are invisible to it.
#[must_use]
pub fn fold(facts: &Facts) -> Option<Folded> {
    if let Some(ended) = facts.ended() {
        return Some(ended);
    }
    let cursor = Cursor::at_end_of(facts);
    let is_contradicted = !facts.are_settled() && trail_contradicts(facts, cursor.current);
    let folded = cursor.into_folded()?;
    Some(Folded {
        gap: folded.gap || is_contradicted,
        ..folded
    })
}

impl Facts {
    /// Returns the [`fold`] of the facts, computed once. Most events of a customer concern an invoice or a card and
    /// leave it as it is.
    pub(crate) fn folded(&self) -> Option<&Folded> {
        self.folded.get_or_compute(|| fold(self).map(Box::new)).as_deref()
    }

    /// Returns the final state, if any fact shows the subscription ended. A terminal status absorbs, whatever `created`
    /// says: Stripe has no other version of the object after it. A later change of an ended subscription (such as the
    /// customer's feedback) still gives its newest version.
    pub(crate) fn ended(&self) -> Option<Folded> {
        let changes = self
            .changes()
            .map(|change| ((change.created, change.cause, Some(&change.event)), &change.after));
        let reads = self
            .reads()
            .map(|read| ((read.not_after, Cause::Deleted, None), &read.snapshot));
        let mut terminal: Vec<_> = changes
            .chain(reads)
            .filter(|(_, snapshot)| snapshot.status.is_terminal())
            .collect();
        terminal.sort();
        // Facts that are not in the baseline are newer than it.
        let before = self
            .baseline()
            .filter(|baseline| baseline.has_ended())
            .map(|baseline| &baseline.folded);
        let first = terminal.first().map(|((since, _, _), _)| *since);
        let newest = terminal.last().map(|(_, snapshot)| *snapshot);
        Some(Folded {
            snapshot: newest.or(before.map(|ended| &ended.snapshot))?.clone(),
            status_since: before.map(|ended| ended.status_since).or(first)?,
            owing_since: None,
            collection_paused_since: None,
            doubt: None,
            gap: false,
        })
    }

    /// Returns `true` if nothing is known to have happened since the last read began. That read then answers for every
    /// change before it, lost ones included.
    pub(crate) fn are_settled(&self) -> bool {
        match self.reads().next_back() {
            Some(read) => self.changes().all(|change| change.created < read.not_before),
            None => self.changes().next().is_none() && self.baseline().is_some_and(|baseline| baseline.is_settled),
        }
    }
}

/// The changes, grouped by second.
type Seconds<'a> = BTreeMap<UnixSeconds, Vec<&'a Change>>;

fn seconds_of(facts: &Facts) -> Seconds<'_> {
    let mut seconds = Seconds::new();
    for change in facts.changes() {
        seconds.entry(change.created).or_default().push(change);
    }
    seconds
}

/// Returns the seconds strictly between two moments. `None` stands for no limit.
fn between<'s, 'a>(
    seconds: &'s Seconds<'a>,
    after: Option<UnixSeconds>,
    before: Option<UnixSeconds>,
) -> impl Iterator<Item = (UnixSeconds, &'s [&'a Change])> {
    seconds
        .iter()
        .filter(move |&(&second, _)| after.is_none_or(|after| second > after) && before.is_none_or(|before| second < before))
        .map(|(&second, changes)| (second, changes.as_slice()))
}

/// Returns `true` if the sum over *all* changes ends in another state than the seconds did: a `created` was skewed.
fn trail_contradicts(facts: &Facts, current: Option<&Snapshot>) -> bool {
    let net = Net::from(Sum::of_all(facts));
    net.only_gained()
        .is_some_and(|end| net.lost_only(None) && Some(end) != current)
}

/// The position of the fold after some of the seconds. `current` is `None` before the subscription's creation.
#[derive(Default)]
pub(crate) struct Cursor<'a> {
    current: Option<&'a Snapshot>,
    status_since: Option<UnixSeconds>,
    owing_since: Option<UnixSeconds>,
    collection_paused_since: Option<UnixSeconds>,
    doubt: Option<Doubt>,
    gap: bool,
}

impl<'a> Cursor<'a> {
    /// Folds every second, starting from the baseline if there is one.
    pub(crate) fn at_end_of(facts: &'a Facts) -> Self {
        let mut cursor = facts.baseline().map(Self::after).unwrap_or_default();
        let seconds = seconds_of(facts);
        let mut reads = facts.reads().peekable();
        // Changes before a read are passed too: they tell since when the state holds.
        cursor.pass(between(&seconds, None, reads.peek().map(|read| read.not_before)));
        while let Some(read) = reads.next() {
            cursor.start_from(read, facts);
            let next = reads.peek().map(|next| next.not_before);
            cursor.pass(between(&seconds, Some(read.not_after), next));
        }
        cursor
    }

    fn after(baseline: &'a Baseline) -> Self {
        let folded = &baseline.folded;
        Self {
            current: Some(&folded.snapshot),
            status_since: Some(folded.status_since),
            owing_since: folded.owing_since,
            collection_paused_since: folded.collection_paused_since,
            doubt: folded.doubt.clone(),
            gap: folded.gap,
        }
    }

    /// Returns the state at this position; `None` before the subscription's creation.
    pub(crate) fn into_folded(self) -> Option<Folded> {
        Some(Folded {
            snapshot: self.current?.clone(),
            status_since: self.status_since?,
            owing_since: self.owing_since,
            collection_paused_since: self.collection_paused_since,
            doubt: self.doubt,
            gap: self.gap,
        })
    }

    /// Starts again from an API read. Its answer was true at some instant of a period, so it may or may not include the
    /// changes of that period.
    fn start_from(&mut self, read: &'a Read, facts: &'a Facts) {
        self.doubt = None;
        self.gap = false;
        self.move_to(&read.snapshot, read.not_before);
        let within: Vec<&Change> = facts
            .changes()
            .filter(|change| (read.not_before..=read.not_after).contains(&change.created))
            .collect();
        if within.iter().all(|change| change.after == read.snapshot) {
            return;
        }
        let net = Net::of(&within);
        match net.only_gained() {
            Some(end) if *end == read.snapshot || net.lost_only(Some(&read.snapshot)) => {
                self.move_to(end, read.not_after);
            }
            _ => self.doubt_from(read.not_after),
        }
    }

    fn pass<'s>(&mut self, seconds: impl Iterator<Item = (UnixSeconds, &'s [&'a Change])>)
    where
        'a: 's,
    {
        for (second, changes) in seconds {
            self.pass_second(second, changes);
        }
    }

    /// Passes one second with all of its changes.
    fn pass_second(&mut self, second: UnixSeconds, changes: &[&'a Change]) {
        let net = Net::of(changes);
        let seen = snapshots_of(changes);
        // A closed loop ends where it began. Announcements that agree with it change nothing.
        let is_loop = net.gained.is_empty() && self.current.is_some_and(|current| seen.contains(current));
        let end = net.only_gained().or(self.current.filter(|_| is_loop));
        if let Some(stray) = end.and_then(|end| likeliest(apart_from(end, changes))) {
            // A change between the two was lost. If it was a single one, it led away from `end`.
            self.gap = true;
            self.doubt_from(second);
            self.move_to(&stray.after, second);
        } else if let Some(end) = net.only_gained() {
            self.gap = !net.lost_only(self.current);
            self.doubt = None;
            self.move_to(end, second);
        } else if is_loop {
            // The state stays as it is.
        } else if let (true, 1, Some(only)) = (net.gained.is_empty(), seen.len(), seen.first()) {
            self.gap = true;
            self.doubt = None;
            self.move_to(only, second);
        } else if let Some(likeliest) = likeliest(net.candidates(changes)) {
            self.gap = true;
            self.doubt_from(second);
            self.move_to(&likeliest.after, second);
        }
    }

    fn move_to(&mut self, snapshot: &'a Snapshot, at: UnixSeconds) {
        let was = self.current.map(|current| &current.status);
        self.owing_since = owing_since(was, &snapshot.status, self.owing_since, at);
        if was != Some(&snapshot.status) {
            self.status_since = Some(at);
        }
        let was_paused = self.current.is_some_and(|current| current.pause_collection.is_some());
        self.collection_paused_since = match snapshot.pause_collection {
            None => None,
            Some(_) if was_paused => self.collection_paused_since,
            Some(_) => Some(at),
        };
        self.current = Some(snapshot);
    }

    /// Starts a doubt unless one exists. The oldest doubt stays, because the last certain state before it remains
    /// reliable.
    fn doubt_from(&mut self, second: UnixSeconds) {
        if self.doubt.is_none() {
            self.doubt = Some(Doubt {
                since: second,
                previous: self.current.cloned(),
            });
        }
    }
}

/// Returns the time since which a payment is owed after a change. A pause neither starts nor ends such a period.
fn owing_since(was: Option<&Status>, is: &Status, since: Option<UnixSeconds>, at: UnixSeconds) -> Option<UnixSeconds> {
    match is {
        Status::PastDue | Status::Unpaid => since
            .filter(|_| matches!(was, Some(Status::PastDue | Status::Unpaid | Status::Paused)))
            .or(Some(at)),
        Status::Paused => since,
        Status::Incomplete
        | Status::IncompleteExpired
        | Status::Trialing
        | Status::Active
        | Status::Canceled
        | Status::Unknown(_) => None,
    }
}

/// Returns the changes of a second that do not join up with this snapshot of it. A complete second has none, because
/// each change begins where another ended.
fn apart_from<'a>(snapshot: &Snapshot, changes: &[&'a Change]) -> impl Iterator<Item = &'a Change> {
    let mut apart = changes.to_vec();
    let mut joined = BTreeSet::from([snapshot]);
    loop {
        let touches = |change: &&Change| change.mentions().any(|snapshot| joined.contains(snapshot));
        let (touching, others): (Vec<&Change>, Vec<&Change>) = apart.iter().copied().partition(touches);
        if touching.is_empty() {
            return others.into_iter();
        }
        joined.extend(touching.into_iter().flat_map(Change::mentions));
        apart = others;
    }
}

/// Returns the change that was probably the last, by the order of last resort.
fn likeliest<'a>(changes: impl Iterator<Item = &'a Change>) -> Option<&'a Change> {
    changes.max_by_key(|change| (change.cause, &change.event))
}

/// Returns every snapshot that the changes of a second mention, before or after.
fn snapshots_of<'a>(changes: &[&'a Change]) -> BTreeSet<&'a Snapshot> {
    changes.iter().flat_map(|change| change.mentions()).collect()
}
