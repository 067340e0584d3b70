//! Compaction: the older facts of a subscription become one fact, and every answer stays the same.

use super::baseline::Baseline;
use super::fold::{Cursor, Sum};
use super::set::Facts;
use super::subscription_fact::SubscriptionFact;
use crate::UnixSeconds;

impl Baseline {
    /// Sums up these facts. Returns `None` if they say nothing about the state.
    fn of(facts: &Facts) -> Option<Self> {
        let folded = facts.ended().or_else(|| Cursor::at_end_of(facts).into_folded())?;
        let has_ended = folded.snapshot.status.is_terminal();
        Some(Self {
            through: facts.last_told_at()?,
            folded,
            is_settled: !has_ended && facts.are_settled(),
            // An ended subscription takes no further changes.
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
}

impl Facts {
    /// Returns the same knowledge with every fact up to and including `horizon` folded into one fact. Every answer
    /// stays the same, now and after any fact about later seconds. A second call changes nothing.
    ///
    /// A read that may have been true before and after the horizon keeps the facts since its beginning out of the fold.
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

    /// Returns the same knowledge with only about `newest` of its changes and reads as facts of their own, and
    /// everything before them in the baseline. The facts of the newest second always stay.
    pub(crate) fn compacted_to(&self, newest: usize) -> Self {
        let changes = self.changes().map(|change| change.created);
        let mut seconds: Vec<UnixSeconds> = changes.chain(self.reads().map(|read| read.not_after)).collect();
        seconds.sort_unstable();
        let horizon = seconds.iter().rev().nth(newest);
        let before_newest = seconds.last().map(|newest| newest.plus_secs(-1));
        match horizon.copied().zip(before_newest) {
            Some((horizon, before_newest)) => self.compacted(horizon.min(before_newest)),
            None => self.clone(),
        }
    }

    /// Returns `true` if a fact speaks of a second that is in the baseline, or that may be.
    pub(crate) fn reaches_into_baseline(&self, fact: &SubscriptionFact) -> bool {
        let since = match fact {
            SubscriptionFact::Change(change) => change.created,
            SubscriptionFact::Read(read) => read.not_before,
            // Neither is part of what is summed up.
            SubscriptionFact::Renewal(_) | SubscriptionFact::Baseline(_) => return false,
        };
        self.baseline().is_some_and(|baseline| since <= baseline.through)
    }
}
