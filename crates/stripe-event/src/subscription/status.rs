//! The status of a subscription.

use std::borrow::Cow;

/// A subscription's `status`.
///
/// See <https://docs.stripe.com/api/subscriptions/object#subscription_object-status>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriptionStatus<'a> {
    /// The first payment has not succeeded yet.
    Incomplete,
    /// The first payment did not succeed within 23 hours. Final.
    IncompleteExpired,
    /// In a trial.
    Trialing,
    /// In good standing.
    Active,
    /// The latest invoice has not been paid. Retries may be under way.
    PastDue,
    /// Not paid after the last retry, and kept. Stripe creates invoices but does not charge them.
    Unpaid,
    /// Ended. Final.
    Canceled,
    /// Paused: a trial ended without a payment method or, since 2026-09-30.endive, for another reason.
    Paused,
    /// A status newer than this crate, as sent.
    Other(Cow<'a, str>),
}

impl<'a> SubscriptionStatus<'a> {
    /// Parses a name. Every name is a status, so this cannot fail.
    pub fn parse(name: impl Into<Cow<'a, str>>) -> Self {
        let name = name.into();
        match name.as_ref() {
            "incomplete" => Self::Incomplete,
            "incomplete_expired" => Self::IncompleteExpired,
            "trialing" => Self::Trialing,
            "active" => Self::Active,
            "past_due" => Self::PastDue,
            "unpaid" => Self::Unpaid,
            "canceled" => Self::Canceled,
            "paused" => Self::Paused,
            _ => Self::Other(name),
        }
    }

    /// Returns Stripe's name, the inverse of [`parse`](Self::parse).
    pub fn as_str(&self) -> &str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Canceled => "canceled",
            Self::Paused => "paused",
            Self::Other(name) => name,
        }
    }
}
