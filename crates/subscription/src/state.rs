//! What a customer's facts amount to: its subscriptions, the one that speaks for the tenant, and how sure we are of them.

use serde::{Deserialize, Serialize};

use crate::{Details, Dunning, Folded, Item, PaymentMethodId, Status, SubscriptionId, UnixSeconds};

/// A customer's state: those of its subscriptions.
///
/// Of several subscriptions the one of the highest status rank governs, then the one that lasts longer, then the younger, then the
/// greater id: so a late cancellation of an old subscription cannot touch the tenant who subscribed again, nor can one that is set
/// to end speak for one that goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerState {
    /// The governing subscription; `None` where there never was one.
    pub subscription: Option<SubscriptionState>,
    /// The others that have not ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<SubscriptionState>,
    /// When the customer was deleted at Stripe, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<UnixSeconds>,
}

/// One subscription's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionState {
    /// Stripe's id.
    pub id: SubscriptionId,
    /// The effective status: the subscription's own, or an invoice's newer evidence.
    pub status: Status,
    /// When Stripe last changed the status, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_since: Option<UnixSeconds>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<UnixSeconds>,
    /// When its trial ends or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_end: Option<UnixSeconds>,
    /// It ends by itself at the period's end.
    pub cancel_at_period_end: bool,
    /// When it will end, if it will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<UnixSeconds>,
    /// The start of the current period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_period_start: Option<UnixSeconds>,
    /// The end of the current period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_period_end: Option<UnixSeconds>,
    /// What is sold: all of it, unless [`Details::has_more_items`] says otherwise.
    pub items: Vec<Item>,
    /// The payment that is being chased, if one is, or will be from its due date on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dunning: Option<Dunning>,
    /// When its end was asked for, or when it was made with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canceled_at: Option<UnixSeconds>,
    /// When its schedule ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_ends_at: Option<UnixSeconds>,
    /// Since when a payment has been owed without a break: from when the payment grace counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owing_since: Option<UnixSeconds>,
    /// When an invoice that was sent falls due: from then on a payment is owed, unless Stripe says otherwise by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub falls_due_at: Option<UnixSeconds>,
    /// Since when it has been served, if it ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_since: Option<UnixSeconds>,
    /// Why it is paused, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// That its payments are not collected for a while, if they are not. That changes no status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection_paused: Option<CollectionPause>,
    /// What its next payment is tried on, where that is known. `None` where it is paid by invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pays_with: Option<PaymentMethodId>,
    /// Set while the facts allow another answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubted>,
    /// Facts before this are missing.
    pub gap: bool,
    /// What else Stripe said, for people.
    pub details: Details,
}

/// Why a subscription is paused (<https://docs.stripe.com/billing/subscriptions/pause>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// Somebody asked for it.
    Requested,
    /// A payment failed.
    Payment,
    /// Its trial ended without a payment method.
    TrialEnded,
    /// Stripe did it for another reason, or does not say.
    Other,
}

/// That the payments of a subscription are not collected for a while
/// (<https://docs.stripe.com/billing/subscriptions/pause-payment>).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionPause {
    /// What becomes of its invoices: `keep_as_draft`, `mark_uncollectible` or `void`.
    pub behavior: String,
    /// When collection is taken up again, if that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumes_at: Option<UnixSeconds>,
    /// Since when, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<UnixSeconds>,
}

/// A status that the facts leave in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubted {
    /// Since when.
    pub since: UnixSeconds,
    /// The last status that was certain, if any was.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    pub(crate) fn of<'a>(
        subscriptions: impl Iterator<Item = &'a SubscriptionState> + Clone,
        deleted_at: Option<UnixSeconds>,
    ) -> Self {
        fn rank(state: &SubscriptionState) -> (u8, bool, Option<UnixSeconds>, Option<UnixSeconds>, &SubscriptionId) {
            let ends_at = state.ends_at().filter(|_| !state.status.is_terminal());
            (state.status.rank(), ends_at.is_none(), ends_at, state.created, &state.id)
        }
        let best = subscriptions.clone().max_by(|a, b| rank(a).cmp(&rank(b)));
        let is_other = |state: &&SubscriptionState| !state.status.is_terminal() && Some(&state.id) != best.map(|best| &best.id);
        Self {
            subscription: best.cloned(),
            others: subscriptions.filter(is_other).cloned().collect(),
            deleted_at,
        }
    }

    /// Every subscription that has not ended, or the last one that has; the governing one first.
    pub fn subscriptions(&self) -> impl Iterator<Item = &SubscriptionState> + Clone {
        self.subscription.iter().chain(&self.others)
    }

    /// The subscription of this id, if it has not ended or is the last one that has.
    pub fn subscription_of(&self, id: &SubscriptionId) -> Option<&SubscriptionState> {
        self.subscriptions().find(|state| state.id == *id)
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
        let pause = |s: &SubscriptionState| s.pause.map(|pause| pause.as_str().to_owned());
        note("paused", &pause);
        note("collection_paused", &|s| {
            s.collection_paused.as_ref().map(|pause| pause.behavior.clone())
        });
        note("uncertain_since", &|s| s.doubt.as_ref().map(|doubt| doubt.since.to_string()));
        let others = |state: &Self| {
            let ids: Vec<&str> = state.others.iter().map(|other| other.id.as_str()).collect();
            Some(ids.join(", ")).filter(|ids| !ids.is_empty())
        };
        let deleted = |state: &Self| state.deleted_at.map(|at| at.to_string());
        for (what, from, to) in [
            ("other_subscriptions", others(before), others(self)),
            ("customer_deleted", deleted(before), deleted(self)),
        ] {
            if from != to {
                found.push(Difference { what, from, to });
            }
        }
        found
    }
}

impl Pause {
    /// Reads Stripe's word for it. The list of words is open. In shapes that have none, a trial that had ended by then decides.
    pub(crate) fn of(reason: Option<&str>, trial_end: Option<UnixSeconds>, since: Option<UnixSeconds>) -> Self {
        match reason {
            Some("pause_requested") => Self::Requested,
            Some("first_payment_failure" | "final_payment_failure") => Self::Payment,
            Some("trial_end_without_payment_method") => Self::TrialEnded,
            None if trial_end.is_some() && trial_end <= since => Self::TrialEnded,
            Some(_) | None => Self::Other,
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Payment => "payment",
            Self::TrialEnded => "trial_ended",
            Self::Other => "other",
        }
    }
}

impl SubscriptionState {
    /// When it will end by itself, where an end is set: by a date, by its period's end or by its schedule, whichever is first.
    pub fn ends_at(&self) -> Option<UnixSeconds> {
        let at_period_end = self.current_period_end.filter(|_| self.cancel_at_period_end);
        [self.cancel_at, at_period_end, self.schedule_ends_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether it was made with its end: a fixed term, which nobody asked to end.
    ///
    /// Stripe's Checkout makes no subscription with an end, so the merchant's code sets one right after. It sets a date. A customer
    /// who cancels that early, in the portal, leaves at the period's end
    /// (<https://docs.stripe.com/customer-management/cancellation-page>).
    pub fn is_fixed_term(&self) -> bool {
        /// The request that makes it may set its end in a later second.
        const MAKING_SECS: i64 = 5;
        /// How long the merchant's code takes to hear of a checkout and to set the end.
        const AFTER_CHECKOUT_SECS: i64 = 60;
        let is_with_first_period = self.cancel_at == self.current_period_end && self.current_period_start <= self.canceled_at;
        let allowed_secs = if is_with_first_period {
            MAKING_SECS
        } else {
            AFTER_CHECKOUT_SECS
        };
        let was_set_later = self
            .canceled_at
            .zip(self.created)
            .is_some_and(|(set_at, created)| set_at > created.plus_secs(allowed_secs));
        self.ends_at().is_some() && !self.cancel_at_period_end && !was_set_later
    }

    /// The payment that is being chased at this moment.
    pub fn dunning_at(&self, now: UnixSeconds) -> Option<&Dunning> {
        self.dunning.as_ref().filter(|dunning| dunning.since <= now)
    }

    /// Whether it is paid by invoices that are sent.
    pub fn is_sent_invoices(&self) -> bool {
        self.details.collection_method.as_deref() == Some("send_invoice")
    }

    /// Whether it has begun, and has not ended.
    pub fn is_living(&self) -> bool {
        !self.status.is_terminal() && self.status != Status::Incomplete
    }

    /// Whether its tenant is still with us by it. Nobody stays by what is given up as unpaid.
    pub fn is_kept(&self) -> bool {
        self.is_living() && self.status != Status::Unpaid
    }

    /// Whether its tenant is served by it, or may be: it is neither unpaid nor paused.
    pub fn is_serving(&self) -> bool {
        self.is_kept() && self.status != Status::Paused
    }

    /// Whether it lasts longer than another.
    pub(crate) fn outlasts(&self, other: &Self) -> bool {
        match (self.ends_at(), other.ends_at()) {
            (None, Some(_)) => true,
            (Some(mine), Some(theirs)) => (mine, &self.id) > (theirs, &other.id),
            (None | Some(_), None) => false,
        }
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
    /// What: `subscription_status`, `stripe_subscription_id`, `trial_end`, `cancel_at`, `items`, `paused`, `collection_paused`,
    /// `uncertain_since`, `other_subscriptions` or `customer_deleted`.
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
