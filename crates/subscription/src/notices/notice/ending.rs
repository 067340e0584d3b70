//! What notices say of the end or the pause of a subscription.

use crate::{Money, SubscriptionId, UnixSeconds};

/// An end that was set for a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SetEnd {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The time at which it ends.
    pub ends_at: UnixSeconds,
    /// The time at which the end was set, if reported.
    pub set_at: Option<UnixSeconds>,
    /// The customer is known to have asked for it: they said why.
    pub is_requested: bool,
    /// The customer's choice from a list.
    pub feedback: Option<String>,
    /// The customer's own words.
    pub comment: Option<String>,
}

/// A subscription that is paused, or whose payments are paused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PausedSubscription {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Only payment collection is paused; access continues.
    pub is_collection: bool,
    /// The start of the pause, as far as known.
    pub since: Option<UnixSeconds>,
    /// The time at which it resumes by itself, if set.
    pub resumes_at: Option<UnixSeconds>,
}

/// The end of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ending {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The time at which it ended.
    pub ended_at: Option<UnixSeconds>,
    /// Stripe's word for the reason: `cancellation_requested`, `payment_failed`, `payment_disputed`,
    /// `canceled_by_retention_policy`.
    pub reason: Option<String>,
    /// The reason, as far as there is evidence.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cause: EndCause,
    /// The customer's choice from Stripe's list.
    pub feedback: Option<String>,
    /// The customer's own words.
    pub comment: Option<String>,
    /// The time at which it began.
    pub created: Option<UnixSeconds>,
    /// The price of one period before discounts, if nothing lowers it and no payment is known.
    pub amount: Option<Money>,
    /// The amount of the last payment, if known.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub last_paid: Option<Money>,
    /// The number of failed attempts to collect its last unpaid invoice.
    #[cfg_attr(feature = "serde", serde(default))]
    pub failed_attempts: u32,
}

/// The reason why a subscription ended, as far as there is evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum EndCause {
    /// The customer asked for it: they said why.
    Requested,
    /// It was not paid.
    PaymentFailed,
    /// A payment was disputed.
    PaymentDisputed,
    /// Stripe's retention policy removed test data.
    RetentionPolicy,
    /// Its trial ended without a payment method.
    TrialWithoutPaymentMethod,
    /// It was created with a fixed end.
    FixedTerm,
    /// The reason is unknown.
    #[default]
    Unknown,
}

impl EndCause {
    /// Returns the word for the cause.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::PaymentFailed => "payment_failed",
            Self::PaymentDisputed => "payment_disputed",
            Self::RetentionPolicy => "retention_policy",
            Self::TrialWithoutPaymentMethod => "trial_without_payment_method",
            Self::FixedTerm => "fixed_term",
            Self::Unknown => "unknown",
        }
    }
}
