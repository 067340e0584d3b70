//! What a customer's facts amount to: the subscription that speaks for the tenant, and how sure we are of it.

use serde::{Deserialize, Serialize};

use crate::{Details, Dunning, Folded, Item, Status, SubscriptionId, UnixSeconds};

/// A customer's state: that of its governing subscription.
///
/// Of several subscriptions the one of the highest status rank governs, then the younger, then the greater id: so a late
/// cancellation of an old subscription cannot touch the tenant who subscribed again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerState {
    /// The governing subscription; `None` where there never was one.
    pub subscription: Option<SubscriptionState>,
}

/// One subscription's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionState {
    /// Stripe's id.
    pub id: SubscriptionId,
    /// The effective status: the subscription's own, or an invoice's newer evidence.
    pub status: Status,
    /// When Stripe last changed the status, as far as is known.
    pub status_since: Option<UnixSeconds>,
    /// When it was made.
    pub created: Option<UnixSeconds>,
    /// When its trial ends or ended.
    pub trial_end: Option<UnixSeconds>,
    /// It ends by itself at the period's end.
    pub cancel_at_period_end: bool,
    /// When it will end, if it will.
    pub cancel_at: Option<UnixSeconds>,
    /// The start of the current period.
    pub current_period_start: Option<UnixSeconds>,
    /// The end of the current period.
    pub current_period_end: Option<UnixSeconds>,
    /// What is sold.
    pub items: Vec<Item>,
    /// The payment that is being chased, if one is.
    pub dunning: Option<Dunning>,
    /// Set while the facts allow another answer.
    pub doubt: Option<Doubted>,
    /// Facts before this are missing.
    pub gap: bool,
    /// What else Stripe said, for people.
    pub details: Details,
}

/// A status that the facts leave in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubted {
    /// Since when.
    pub since: UnixSeconds,
    /// The last status that was certain, if any was.
    pub last_certain: Option<Status>,
}

impl Doubted {
    pub(crate) fn of(folded: &Folded) -> Option<Self> {
        folded.doubt.as_ref().map(|doubt| Self {
            since: doubt.since,
            last_certain: doubt.previous.as_ref().map(|snapshot| snapshot.status.clone()),
        })
    }
}

impl CustomerState {
    /// The state of a customer with these subscriptions.
    pub(crate) fn governed_by<'a>(subscriptions: impl Iterator<Item = &'a SubscriptionState>) -> Self {
        fn rank(state: &SubscriptionState) -> (u8, Option<UnixSeconds>, &SubscriptionId) {
            (state.status.rank(), state.created, &state.id)
        }
        let best = subscriptions.max_by(|a, b| rank(a).cmp(&rank(b)));
        Self {
            subscription: best.cloned(),
        }
    }

    /// The governing subscription's effective status.
    pub fn status(&self) -> Option<&Status> {
        self.subscription.as_ref().map(|subscription| &subscription.status)
    }

    /// What differs, as a person would be told: nothing, if nothing a person would notice does.
    #[must_use]
    pub fn differences_from(&self, before: &Self) -> Vec<Difference> {
        let (old, new) = (before.subscription.as_ref(), self.subscription.as_ref());
        let mut found = Vec::new();
        let mut note = |what, tell: &dyn Fn(&SubscriptionState) -> Option<String>| {
            let (from, to) = (old.and_then(tell), new.and_then(tell));
            if from != to {
                found.push(Difference { what, from, to });
            }
        };
        note("stripe_subscription_id", &|s| Some(s.id.to_string()));
        note("subscription_status", &|s| Some(s.status.to_string()));
        note("trial_end", &|s| s.trial_end.map(|at| at.to_string()));
        note("cancel_at", &|s| s.ends_at().map(|at| at.to_string()));
        note("items", &|s| Some(items_text(&s.items)).filter(|text| !text.is_empty()));
        note("uncertain_since", &|s| s.doubt.as_ref().map(|doubt| doubt.since.to_string()));
        found
    }
}

impl SubscriptionState {
    /// When it will end by itself, where a cancellation is set for then.
    pub fn ends_at(&self) -> Option<UnixSeconds> {
        let at_period_end = self.cancel_at_period_end.then_some(self.current_period_end).flatten();
        self.cancel_at.or(at_period_end)
    }

    /// When it ended, if it has: as Stripe says, else when its status was first known to be that.
    pub fn ended_at(&self) -> Option<UnixSeconds> {
        let ended_at = self.details.ended_at.or(self.status_since);
        ended_at.filter(|_| self.status.is_terminal())
    }
}

/// One thing that a change made different. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What: `subscription_status`, `stripe_subscription_id`, `trial_end`, `cancel_at`, `items` or `uncertain_since`.
    pub what: &'static str,
    /// What it was.
    pub from: Option<String>,
    /// What it is.
    pub to: Option<String>,
}

fn items_text(items: &[Item]) -> String {
    let texts: Vec<String> = items
        .iter()
        .map(|item| match item.quantity {
            Some(quantity) => format!("{} x{quantity}", item.price),
            None => item.price.clone(),
        })
        .collect();
    texts.join(", ")
}
