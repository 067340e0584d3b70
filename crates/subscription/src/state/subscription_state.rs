//! The state of one subscription.

use super::dunning::Dunning;
use super::pause::Pause;
use crate::facts::{Details, Folded, Item};
use crate::{PaymentMethodId, Status, SubscriptionId, UnixSeconds};

/// One subscription's state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SubscriptionState {
    /// Stripe's id.
    pub id: SubscriptionId,
    /// The effective status: the subscription's own, or newer evidence from an invoice.
    pub status: Status,
    /// The time of Stripe's last change of the status, as far as known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub status_since: Option<UnixSeconds>,
    /// The time at which it was created.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub created: Option<UnixSeconds>,
    /// The past or future end of its trial.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub trial_end: Option<UnixSeconds>,
    /// It ends by itself at the end of the period.
    pub cancel_at_period_end: bool,
    /// The time at which it will end, if set.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cancel_at: Option<UnixSeconds>,
    /// The start of the current period.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub current_period_start: Option<UnixSeconds>,
    /// The end of the current period.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub current_period_end: Option<UnixSeconds>,
    /// The items sold: all of them, unless [`Details::has_more_items`] says otherwise.
    pub items: Vec<Item>,
    /// The payment that is being collected, or will be from its due date on.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub dunning: Option<Dunning>,
    /// The time of the cancellation request, or of the creation if an end was set with it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub canceled_at: Option<UnixSeconds>,
    /// The time at which its schedule ends it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub schedule_ends_at: Option<UnixSeconds>,
    /// The time since which a payment is owed without a break. The payment grace counts from it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub owing_since: Option<UnixSeconds>,
    /// The due date of a sent invoice. From then on a payment is owed, unless Stripe reports otherwise by then.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub falls_due_at: Option<UnixSeconds>,
    /// The time since which it gives access, if it ever did.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub served_since: Option<UnixSeconds>,
    /// The reason for the pause, if it is paused.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub pause: Option<Pause>,
    /// The pause of payment collection, if there is one. It does not affect the status.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub collection_paused: Option<CollectionPause>,
    /// The payment method for its next payment, if known; `None` if it is paid by sent invoice.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub pays_with: Option<PaymentMethodId>,
    /// Set while the facts allow another answer.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub doubt: Option<Doubted>,
    /// Earlier facts are missing.
    pub gap: bool,
    /// The other fields from Stripe, for people.
    pub details: Details,
}

/// A pause of payment collection (<https://docs.stripe.com/billing/subscriptions/pause-payment>).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CollectionPause {
    /// The treatment of its invoices: `keep_as_draft`, `mark_uncollectible` or `void`.
    pub behavior: String,
    /// The time at which collection resumes, if set.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub resumes_at: Option<UnixSeconds>,
    /// The start of the pause, as far as known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub since: Option<UnixSeconds>,
}

/// A status that the facts leave in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Doubted {
    /// The start of the doubt.
    pub since: UnixSeconds,
    /// The last status that was certain, if any was.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
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
