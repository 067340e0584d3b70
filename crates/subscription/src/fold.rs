//! The fold: from the set of facts about a subscription to its present state.
//!
//! An event says two things about its second: the snapshot after the change and, if it carries `previous_attributes`,
//! the snapshot before it. The events of one second have no order. Snapshots that were reached and left again cancel
//! out, and the remainder is the state at the end of the second: if v₀→v₁→…→vₙ are the changes of a second, the sum of
//! [after] − [before] telescopes to [vₙ] − [v₀]. Seconds follow each other, so the answer for the last second is the
//! state.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Baseline, Before, Cause, Change, Facts, Read, Snapshot, Status, UnixSeconds};

/// The state of one subscription according to all known facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// The subscription's present snapshot.
    pub snapshot: Snapshot,
    /// The time at which its status became what it is, as far as known.
    pub status_since: UnixSeconds,
    /// The time since which a payment is owed without a break: the subscription was past due, unpaid or paused for it.
    /// `None` if no payment is owed, and in values written before this field existed.
    #[serde(default)]
    pub owing_since: Option<UnixSeconds>,
    /// The time since which payment collection is paused.
    #[serde(default)]
    pub collection_paused_since: Option<UnixSeconds>,
    /// Set if the facts allow another answer. Only an API read can settle it.
    pub doubt: Option<Doubt>,
    /// Earlier facts are missing: the known ones do not join up. The answer holds, but a read should confirm it.
    pub gap: bool,
}

/// A second with changes that cannot be put in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The second.
    pub since: UnixSeconds,
    /// The subscription before that second, if known.
    pub previous: Option<Snapshot>,
}

impl Folded {
    /// Returns `true` if no doubt is left.
    pub fn is_certain(&self) -> bool {
        self.doubt.is_none()
    }
}

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

/// The number of times a snapshot was reached minus the number of times it was left. `None` stands for the state before
/// creation.
pub(crate) type Term = (Option<Snapshot>, i64);

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
struct Net<'a> {
    gained: BTreeSet<&'a Snapshot>,
    lost: BTreeSet<Option<&'a Snapshot>>,
}

impl<'a> Net<'a> {
    fn of(changes: &[&'a Change]) -> Self {
        let mut sum = Sum::default();
        for change in changes {
            sum.add_change(change);
        }
        Self::from(sum)
    }

    fn only_gained(&self) -> Option<&'a Snapshot> {
        (self.gained.len() == 1).then(|| self.gained.first().copied()).flatten()
    }

    /// Returns `true` if this snapshot was left and no other. `None` stands for the state before creation.
    fn lost_only(&self, snapshot: Option<&Snapshot>) -> bool {
        self.lost.len() == 1 && self.lost.contains(&snapshot)
    }

    /// Returns the changes that may have been the last: those that led to a remaining snapshot, or all of them if none
    /// remains.
    fn candidates<'b>(&'b self, changes: &'b [&'a Change]) -> impl Iterator<Item = &'a Change> + 'b {
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
