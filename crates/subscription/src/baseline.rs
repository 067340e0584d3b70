//! What the older facts of a subscription amount to, in one fact.
//!
//! The fold passes second after second, and all that it takes from one to the next is where it stands. So where it stood
//! after some second can stand for everything told up to it. Beside that a baseline keeps the little that answers ask of
//! single facts, however old.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::fold::{Cursor, Sum, Term};
use crate::newest::last_of;
use crate::{Cause, Change, Details, Facts, Folded, PaymentMethodId, Snapshot, Status, SubscriptionFact, UnixSeconds};

/// All that was told about a subscription up to and including a second.
///
/// It answers every question as the facts it stands for would. What is told later of that second or an earlier one is not
/// heard any more, unless it is the subscription's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The second: the last of which it was told anything.
    pub through: UnixSeconds,
    /// Where the fold stood after it.
    pub(crate) folded: Folded,
    /// Whether a read answers for every change before it, lost ones too.
    pub(crate) is_settled: bool,
    /// The sum of all changes.
    pub(crate) sum: Vec<Term>,
    /// What the newest of them said beside the state.
    pub(crate) details: Option<Details>,
    /// The last second in which it was past due, or ceased to be.
    pub(crate) past_due_at: Option<UnixSeconds>,
    /// The ends of trials that were announced before they came.
    pub(crate) announced_trial_ends: BTreeSet<UnixSeconds>,
    /// Since when it has been served. What was summed up before this was kept does not say.
    #[serde(default)]
    pub(crate) served_since: Option<UnixSeconds>,
    /// The payment methods that took another's place, and when last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) replacements: BTreeMap<PaymentMethodId, UnixSeconds>,
}

impl Baseline {
    /// What all of these amount to; `None` if they say nothing of the state.
    fn of(facts: &Facts) -> Option<Self> {
        let folded = facts.ended().or_else(|| Cursor::at_end_of(facts).into_folded())?;
        let has_ended = folded.snapshot.status.is_terminal();
        Some(Self {
            through: facts.last_told_at()?,
            folded,
            is_settled: !has_ended && facts.are_settled(),
            // Nothing is ever added to what has ended.
            sum: if has_ended {
                Vec::new()
            } else {
                Sum::of_all(facts).into_terms()
            },
            details: facts.details().cloned(),
            past_due_at: facts.last_past_due_at(),
            announced_trial_ends: facts.announced_trial_ends().collect(),
            served_since: facts.served_since(),
            replacements: facts.replacements(),
        })
    }

    /// Whether something told of that second, that made it this, is part of it.
    pub(crate) fn covers(&self, told_at: UnixSeconds, told: &Snapshot) -> bool {
        told_at <= self.through && (self.has_ended() || !told.status.is_terminal())
    }

    /// Whether the subscription had ended.
    pub fn has_ended(&self) -> bool {
        self.folded.snapshot.status.is_terminal()
    }
}

impl Facts {
    /// The same knowledge with what was told up to and including `horizon` folded into one fact: every answer, now and after
    /// whatever is learned of later seconds, is what it would have been. Doing so again changes nothing.
    ///
    /// A read that may have been true before the horizon and after it keeps what was told since it began as it is.
    #[must_use]
    pub fn compacted(&self, horizon: UnixSeconds) -> Self {
        let through = self.reads().rev().fold(horizon, |through, read| {
            let is_astride = read.not_before <= through && through < read.not_after;
            if is_astride { read.not_before.plus_secs(-1) } else { through }
        });
        if self.baseline().is_some_and(|known| known.through > through) {
            return self.clone();
        }
        let (older, newer): (Vec<_>, Vec<_>) = self.told().partition(|fact| fact.told_at() <= through);
        if older.len() < 2 {
            return self.clone();
        }
        let of = |facts: Vec<SubscriptionFact>| facts.into_iter().collect::<Self>();
        let Some(baseline) = Baseline::of(&of(older)) else {
            return self.clone();
        };
        let baseline = SubscriptionFact::Baseline(Box::new(baseline));
        let renewal = self.renewal().cloned().map(SubscriptionFact::Renewal);
        newer.into_iter().chain([baseline]).chain(renewal).collect()
    }

    /// What else the newest change or read said. Of a change and a read that may be of the same second, the change; of changes of one
    /// second, those that show it ended, and of these the one that the others lead to.
    pub(crate) fn details(&self) -> Option<&Details> {
        self.details_before(None)
    }

    /// The same of what was told before a second, if one is given.
    fn details_before(&self, limit: Option<UnixSeconds>) -> Option<&Details> {
        let is_before = |at: UnixSeconds| limit.is_none_or(|limit| at < limit);
        // A read that was kept before reads told of it says nothing, which is not to say that there is nothing.
        let reads = self
            .reads()
            .filter(|read| is_before(read.not_before) && read.details != Details::default());
        let read = reads.max_by_key(|read| read.not_before);
        let second = self.changes().map(|change| change.created).filter(|&at| is_before(at)).max();
        let before = || self.baseline().and_then(|baseline| baseline.details.as_ref());
        match second.filter(|&second| read.is_none_or(|read| read.not_before <= second)) {
            Some(second) => {
                let within = || self.changes().filter(move |change| change.created == second);
                let is_end = |change: &&Change| change.after.status.is_terminal();
                let has_ended = within().any(|change| is_end(&change));
                let counts = || within().filter(move |change| !has_ended || is_end(change));
                let versions = counts().map(|change| (change.details_before.as_deref(), &change.details));
                // Where the changes of a second lead back to where they began, that is where it ends.
                let unchanged = || {
                    let earlier = self.details_before(Some(second))?;
                    counts().any(|change| change.details == *earlier).then_some(earlier)
                };
                let newest = || counts().max_by_key(|change| (change.cause, &change.event));
                last_of(versions)
                    .or_else(unchanged)
                    .or_else(|| newest().map(|change| &change.details))
            }
            None => read.map(|read| &read.details).or_else(before),
        }
    }

    /// Since when the subscription has been served, as far as is known: that it is in its trial or paid for.
    pub(crate) fn served_since(&self) -> Option<UnixSeconds> {
        let is_served = |snapshot: &Snapshot| matches!(snapshot.status, Status::Trialing | Status::Active | Status::PastDue);
        let changes = self.changes().filter(|change| change.mentions().any(is_served));
        let reads = self.reads().filter(|read| is_served(&read.snapshot));
        // What is read has been so for longer: since it was made, as far as that is told.
        let read = reads.map(|read| read.details.created.unwrap_or(read.not_before).min(read.not_before));
        let told = changes.map(|change| change.created).chain(read);
        let before = self.baseline().and_then(|baseline| {
            let folded = &baseline.folded;
            let now = is_served(&folded.snapshot).then_some(folded.status_since);
            baseline.served_since.or(now)
        });
        told.chain(before).min()
    }

    /// The payment methods that took another's place as the subscription's own, and when last.
    pub(crate) fn replacements(&self) -> BTreeMap<PaymentMethodId, UnixSeconds> {
        let before = self.baseline().map(|baseline| baseline.replacements.clone());
        let mut replacements = before.unwrap_or_default();
        for change in self.changes() {
            let was = change
                .details_before
                .as_ref()
                .and_then(|before| before.default_payment_method.as_ref());
            let is = change.details.default_payment_method.as_ref();
            if let Some(is) = is.filter(|&is| was.is_some_and(|was| was != is)) {
                let at = replacements.entry(is.clone()).or_insert(change.created);
                *at = (*at).max(change.created);
            }
        }
        replacements
    }

    /// When the subscription itself last spoke. A read speaks for the last moment it may have been true.
    pub fn last_told_at(&self) -> Option<UnixSeconds> {
        let changes = self.changes().map(|change| change.created);
        let reads = self.reads().map(|read| read.not_after);
        let before = self.baseline().map(|baseline| baseline.through);
        changes.chain(reads).chain(before).max()
    }

    /// The last second in which a change led to past due or away from it.
    pub(crate) fn last_past_due_at(&self) -> Option<UnixSeconds> {
        let is_past_due = |snapshot: &Snapshot| snapshot.status == Status::PastDue;
        let changes = self.changes().filter(|change| change.mentions().any(is_past_due));
        let before = self.baseline().and_then(|baseline| baseline.past_due_at);
        changes.map(|change| change.created).chain(before).max()
    }

    /// The ends of trials that were announced before they came.
    pub(crate) fn announced_trial_ends(&self) -> impl Iterator<Item = UnixSeconds> {
        let announcements = self
            .changes()
            .filter(|change| change.cause == Cause::TrialWillEnd && change.after.status == Status::Trialing);
        let ahead = announcements.filter_map(|change| change.after.trial_end.filter(|&end| end > change.created));
        let before = self
            .baseline()
            .into_iter()
            .flat_map(|baseline| &baseline.announced_trial_ends);
        ahead.chain(before.copied())
    }
}
