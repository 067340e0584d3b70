//! The state of a customer: its subscriptions, the one that speaks for the tenant, and how certain they are.

use serde::{Deserialize, Serialize};

use crate::{Details, Dunning, Folded, Item, PaymentMethodId, Status, SubscriptionId, UnixSeconds};

/// A customer's state: the states of its subscriptions.
///
/// Of several subscriptions, the one of the highest status rank governs, then the one that lasts longer, then the
/// younger one, then the one with the greater id. So a late cancellation of an old subscription does not affect a
/// tenant that subscribed again, and a subscription that is set to end does not speak for one that continues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerState {
    /// The governing subscription; `None` if there never was one.
    pub subscription: Option<SubscriptionState>,
    /// The other subscriptions that have not ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<SubscriptionState>,
    /// The time at which the customer was deleted at Stripe, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<UnixSeconds>,
}

/// One subscription's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionState {
    /// Stripe's id.
    pub id: SubscriptionId,
    /// The effective status: the subscription's own, or newer evidence from an invoice.
    pub status: Status,
    /// The time of Stripe's last change of the status, as far as known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_since: Option<UnixSeconds>,
    /// The time at which it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<UnixSeconds>,
    /// The past or future end of its trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_end: Option<UnixSeconds>,
    /// It ends by itself at the end of the period.
    pub cancel_at_period_end: bool,
    /// The time at which it will end, if set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<UnixSeconds>,
    /// The start of the current period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_period_start: Option<UnixSeconds>,
    /// The end of the current period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_period_end: Option<UnixSeconds>,
    /// The items sold: all of them, unless [`Details::has_more_items`] says otherwise.
    pub items: Vec<Item>,
    /// The payment that is being collected, or will be from its due date on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dunning: Option<Dunning>,
    /// The time of the cancellation request, or of the creation if an end was set with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canceled_at: Option<UnixSeconds>,
    /// The time at which its schedule ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_ends_at: Option<UnixSeconds>,
    /// The time since which a payment is owed without a break. The payment grace counts from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owing_since: Option<UnixSeconds>,
    /// The due date of a sent invoice. From then on a payment is owed, unless Stripe reports otherwise by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub falls_due_at: Option<UnixSeconds>,
    /// The time since which it gives access, if it ever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_since: Option<UnixSeconds>,
    /// The reason for the pause, if it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// The pause of payment collection, if there is one. It does not affect the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection_paused: Option<CollectionPause>,
    /// The payment method for its next payment, if known; `None` if it is paid by sent invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pays_with: Option<PaymentMethodId>,
    /// Set while the facts allow another answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubted>,
    /// Earlier facts are missing.
    pub gap: bool,
    /// The other fields from Stripe, for people.
    pub details: Details,
}

/// The reason why a subscription is paused (<https://docs.stripe.com/billing/subscriptions/pause>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// Somebody asked for it.
    Requested,
    /// A payment failed.
    Payment,
    /// Its trial ended without a payment method.
    TrialEnded,
    /// Stripe paused it for another reason, or does not say why.
    Other,
}

/// A pause of payment collection (<https://docs.stripe.com/billing/subscriptions/pause-payment>).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionPause {
    /// The treatment of its invoices: `keep_as_draft`, `mark_uncollectible` or `void`.
    pub behavior: String,
    /// The time at which collection resumes, if set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumes_at: Option<UnixSeconds>,
    /// The start of the pause, as far as known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<UnixSeconds>,
}

/// A status that the facts leave in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubted {
    /// The start of the doubt.
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
    /// Builds the state of a customer with these subscriptions.
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

    /// Returns every subscription that has not ended, the governing one first. If all have ended, returns the governing
    /// one only.
    pub fn subscriptions(&self) -> impl Iterator<Item = &SubscriptionState> + Clone {
        self.subscription.iter().chain(&self.others)
    }

    /// Returns the subscription with this id, if it governs or has not ended.
    pub fn subscription_of(&self, id: &SubscriptionId) -> Option<&SubscriptionState> {
        self.subscriptions().find(|state| state.id == *id)
    }

    /// Returns the governing subscription's effective status.
    pub fn status(&self) -> Option<&Status> {
        self.subscription.as_ref().map(|subscription| &subscription.status)
    }

    /// Returns the differences that a person would notice.
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
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::Requested, Self::Payment, Self::TrialEnded, Self::Other];

    /// Reads Stripe's word for the reason. The list of words is open. Older shapes have no word; there, a trial that
    /// had ended by then decides.
    pub(crate) fn of(reason: Option<&str>, trial_end: Option<UnixSeconds>, since: Option<UnixSeconds>) -> Self {
        match reason {
            Some("pause_requested") => Self::Requested,
            Some("first_payment_failure" | "final_payment_failure") => Self::Payment,
            Some("trial_end_without_payment_method") => Self::TrialEnded,
            None if trial_end.is_some() && trial_end <= since => Self::TrialEnded,
            Some(_) | None => Self::Other,
        }
    }

    /// Returns the word for the reason.
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
    /// Returns the end that is set, if any: a date, the end of the period or the end of the schedule, whichever comes
    /// first.
    pub fn ends_at(&self) -> Option<UnixSeconds> {
        let at_period_end = self.current_period_end.filter(|_| self.cancel_at_period_end);
        [self.cancel_at, at_period_end, self.schedule_ends_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Returns `true` if it was created with its end: a fixed term, whose end nobody requested.
    ///
    /// Stripe's Checkout creates no subscription with an end, so the merchant's code sets a date right after. A
    /// customer who cancels that early, in the portal, leaves at the end of the period
    /// (<https://docs.stripe.com/customer-management/cancellation-page>).
    pub fn is_fixed_term(&self) -> bool {
        /// The request that creates it may set its end in a later second.
        const MAKING_SECS: i64 = 5;
        /// The time that the merchant's code needs to learn of a checkout and set the end.
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

    /// Returns the payment that is being collected at `now`.
    pub fn dunning_at(&self, now: UnixSeconds) -> Option<&Dunning> {
        self.dunning.as_ref().filter(|dunning| dunning.since <= now)
    }

    /// Returns `true` if it is paid by sent invoices.
    pub fn is_sent_invoices(&self) -> bool {
        self.details.collection_method.as_deref() == Some("send_invoice")
    }

    /// Returns `true` if it has begun and has not ended.
    pub fn is_living(&self) -> bool {
        !self.status.is_terminal() && self.status != Status::Incomplete
    }

    /// Returns `true` if it keeps its tenant as a customer. An unpaid subscription keeps nobody.
    pub fn is_kept(&self) -> bool {
        self.is_living() && self.status != Status::Unpaid
    }

    /// Returns `true` if it gives its tenant access, or may do so: it is kept and not paused.
    pub fn is_serving(&self) -> bool {
        self.is_kept() && self.status != Status::Paused
    }

    /// Returns `true` if it lasts longer than another.
    pub(crate) fn outlasts(&self, other: &Self) -> bool {
        match (self.ends_at(), other.ends_at()) {
            (None, Some(_)) => true,
            (Some(mine), Some(theirs)) => (mine, &self.id) > (theirs, &other.id),
            (None | Some(_), None) => false,
        }
    }

    /// Returns the time at which it ended, if it has: the time that Stripe reports, else the time at which its status
    /// is known to have changed.
    pub fn ended_at(&self) -> Option<UnixSeconds> {
        let ended_at = self.details.ended_at.or(self.status_since);
        ended_at.filter(|_| self.status.is_terminal())
    }
}

/// One difference that a change makes. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of what differs: `subscription_status`, `stripe_subscription_id`, `trial_end`, `cancel_at`, `items`,
    /// `paused`, `collection_paused`, `uncertain_since`, `other_subscriptions` or `customer_deleted`.
    pub what: &'static str,
    /// The value before.
    pub from: Option<String>,
    /// The value after.
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
