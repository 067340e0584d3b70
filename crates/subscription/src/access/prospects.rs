//! The decisions of all subscriptions of a customer, now and later.

use super::policy::Policy;
use super::reason::Reason;
use super::timeline::{Decision, Timeline};
use super::{Access, Then};
use crate::UnixSeconds;
use crate::state::{CustomerState, SubscriptionState};

/// The present and future decisions of each of a customer's subscriptions.
#[derive(Debug)]
pub(crate) struct Prospects<'a>(Vec<(&'a SubscriptionState, Timeline)>);

impl<'a> Prospects<'a> {
    pub(crate) fn of(state: &'a CustomerState, policy: &Policy) -> Self {
        let timelines = state.subscriptions().map(|one| (one, Timeline::of(one, policy)));
        Self(timelines.collect())
    }

    pub(crate) fn access(&self, now: UnixSeconds) -> Access {
        let (decision, subscription) = self.at(now);
        let turn = self
            .turns()
            .filter(|&at| at > now)
            .map(|at| (at, self.at(at).0))
            .filter(|&(_, then)| then != decision)
            .min_by_key(|&(at, _)| at);
        Access {
            allowed: decision.allowed,
            reason: decision.reason,
            valid_until: turn.map(|(at, _)| at),
            then: turn.map(|(_, Decision { allowed, reason })| Then { allowed, reason }),
            subscription: subscription.map(|one| one.id.clone()),
        }
    }

    /// Returns each subscription with the timeline that it has alone.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'a SubscriptionState, &Timeline)> {
        self.0.iter().map(|(one, timeline)| (*one, timeline))
    }

    /// Returns every moment at which a decision changes.
    pub(crate) fn turns(&self) -> impl Iterator<Item = UnixSeconds> {
        self.0
            .iter()
            .flat_map(|(_, timeline)| timeline.turns.iter().map(|&(at, _)| at))
    }

    /// Returns the first turn after `at` at which `is_so` no longer holds, if there is one.
    pub(crate) fn holds_until(&self, at: UnixSeconds, is_so: impl Fn(UnixSeconds) -> bool) -> Option<UnixSeconds> {
        self.turns().filter(|&turn| turn > at && !is_so(turn)).min()
    }

    /// Returns the decision at `now` and the subscription that makes it. Of the subscriptions that give access, the one
    /// that gives it longest decides, then the one of the highest rank. Without such a subscription, the one of the
    /// highest rank decides.
    pub(crate) fn at(&self, now: UnixSeconds) -> (Decision, Option<&'a SubscriptionState>) {
        let best = self.0.iter().max_by(|(a, a_timeline), (b, b_timeline)| {
            let kindness = |one: &SubscriptionState, timeline: &Timeline| {
                let end = timeline.served_until(now);
                (end, one.status.rank(), one.created)
            };
            let (a_kind, b_kind) = (kindness(a, a_timeline), kindness(b, b_timeline));
            a_kind.cmp(&b_kind).then_with(|| a.id.cmp(&b.id))
        });
        let decision = best.map_or(Decision::refused(Reason::NoSubscription), |(_, timeline)| timeline.at(now));
        (decision, best.map(|(one, _)| *one))
    }
}
