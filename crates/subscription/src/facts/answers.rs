//! The answers that single facts of a subscription give, however old they are.

use std::collections::BTreeMap;

use super::newest::last_of;
use super::set::Facts;
use super::snapshot::{Details, Snapshot};
use super::subscription_fact::{Cause, Change};
use crate::{PaymentMethodId, Status, UnixSeconds};

impl Facts {
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
