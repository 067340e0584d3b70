//! The baseline: the older facts of a subscription, summed up in one fact.
//!
//! The fold passes second after second and carries only its own position from one to the next. So the position after a
//! second can replace every fact up to that second. A baseline also keeps the few details of single facts that answers
//! need, however old the facts are.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::fold::{Cursor, Sum, Term};
use crate::newest::last_of;
use crate::{Cause, Change, Details, Facts, Folded, PaymentMethodId, Snapshot, Status, SubscriptionFact, UnixSeconds};

/// All facts about a subscription up to and including one second.
///
/// It answers every question as the original facts would. A late fact about that second or an earlier one is ignored,
/// unless it ends the subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The last second that a summed-up fact speaks of.
    pub through: UnixSeconds,
    /// The position of the fold after that second.
    pub(crate) folded: Folded,
    /// A read answers for every change before it, lost ones included.
    pub(crate) is_settled: bool,
    /// The sum of all changes.
    pub(crate) sum: Vec<Term>,
    /// The details of the newest of these facts.
    pub(crate) details: Option<Details>,
    /// The last second in which a change led to past due or away from it.
    pub(crate) past_due_at: Option<UnixSeconds>,
    /// The ends of trials that were announced in advance.
    pub(crate) announced_trial_ends: BTreeSet<UnixSeconds>,
    /// The time since which the subscription gives access. Baselines written before this field existed hold `None`.
    #[serde(default)]
    pub(crate) served_since: Option<UnixSeconds>,
    /// The payment methods that replaced another one, each with the time of its last replacement.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) replacements: BTreeMap<PaymentMethodId, UnixSeconds>,
}

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

    /// Returns `true` if the baseline covers a fact of second `told_at` that carries this snapshot.
    pub(crate) fn covers(&self, told_at: UnixSeconds, told: &Snapshot) -> bool {
        told_at <= self.through && (self.has_ended() || !told.status.is_terminal())
    }

    /// Returns `true` if the subscription had ended.
    pub fn has_ended(&self) -> bool {
        self.folded.snapshot.status.is_terminal()
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

    /// Returns the same knowledge with only about `newest` of its changes and reads as facts of their own, and everything
    /// before them in the baseline. The facts of the newest second always stay.
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

    /// Returns the details of the newest change or read. If a change and a read may be of the same second, the change
    /// counts. Of several changes in one second, those that end the subscription count, and of these the one to which
    /// the others lead.
    pub(crate) fn details(&self) -> Option<&Details> {
        self.details_before(None)
    }

    /// Returns the same for the facts before the second `limit`, if one is given.
    fn details_before(&self, limit: Option<UnixSeconds>) -> Option<&Details> {
        let is_before = |at: UnixSeconds| limit.is_none_or(|limit| at < limit);
        // A read stored before reads had details holds the default. It says nothing about them.
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
                // If the changes of a second lead back to their start, the second ends there.
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

    /// Returns the time since which the subscription is known to give access: it is in its trial or paid for.
    pub(crate) fn served_since(&self) -> Option<UnixSeconds> {
        let is_served = |snapshot: &Snapshot| matches!(snapshot.status, Status::Trialing | Status::Active | Status::PastDue);
        let changes = self.changes().filter(|change| change.mentions().any(is_served));
        let reads = self.reads().filter(|read| is_served(&read.snapshot));
        // The state that a read shows is older than the read. It may be as old as the subscription, if its creation is
        // known.
        let read = reads.map(|read| read.details.created.unwrap_or(read.not_before).min(read.not_before));
        let told = changes.map(|change| change.created).chain(read);
        let before = self.baseline().and_then(|baseline| {
            let folded = &baseline.folded;
            let now = is_served(&folded.snapshot).then_some(folded.status_since);
            baseline.served_since.or(now)
        });
        told.chain(before).min()
    }

    /// Returns the payment methods that replaced another one as the subscription's own, each with the time of its last
    /// replacement.
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

    /// Returns the time of the newest fact from the subscription itself. A read counts as of the last moment at which
    /// it may have been true.
    pub fn last_told_at(&self) -> Option<UnixSeconds> {
        let changes = self.changes().map(|change| change.created);
        let reads = self.reads().map(|read| read.not_after);
        let before = self.baseline().map(|baseline| baseline.through);
        changes.chain(reads).chain(before).max()
    }

    /// Returns the last second in which a change led to past due or away from it.
    pub(crate) fn last_past_due_at(&self) -> Option<UnixSeconds> {
        let is_past_due = |snapshot: &Snapshot| snapshot.status == Status::PastDue;
        let changes = self.changes().filter(|change| change.mentions().any(is_past_due));
        let before = self.baseline().and_then(|baseline| baseline.past_due_at);
        changes.map(|change| change.created).chain(before).max()
    }

    /// Returns the ends of trials that were announced in advance.
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
