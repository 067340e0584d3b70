//! What Stripe says a subscription is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A subscription's status (<https://docs.stripe.com/api/subscriptions/object#subscription_object-status>).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Status {
    /// The first invoice is not paid yet.
    Incomplete,
    /// The first invoice was not paid within 23 hours. Terminal.
    IncompleteExpired,
    /// In its trial.
    Trialing,
    /// Paid.
    Active,
    /// The latest invoice failed and is being retried.
    PastDue,
    /// Every retry failed; invoices are drafted but not charged.
    Unpaid,
    /// Ended. Terminal.
    Canceled,
    /// Paused: see [`Pause`](crate::Pause) for why.
    Paused,
    /// A status this version has not heard of, verbatim.
    Unknown(String),
}

impl Status {
    /// Whether a subscription never leaves this status again.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Canceled | Self::IncompleteExpired)
    }

    /// Which of a customer's subscriptions speaks for the tenant: the one of the highest rank.
    ///
    /// A status we do not know ranks below a paid one and above every one that blocks: it is a question, not a refusal.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Trialing | Self::Active => 4,
            Self::PastDue => 3,
            Self::Unknown(_) => 2,
            Self::Paused | Self::Unpaid | Self::Incomplete => 1,
            Self::Canceled | Self::IncompleteExpired => 0,
        }
    }

    /// Stripe's word for it.
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
            Self::Unknown(word) => word,
        }
    }
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        match word {
            "incomplete" => Self::Incomplete,
            "incomplete_expired" => Self::IncompleteExpired,
            "trialing" => Self::Trialing,
            "active" => Self::Active,
            "past_due" => Self::PastDue,
            "unpaid" => Self::Unpaid,
            "canceled" => Self::Canceled,
            "paused" => Self::Paused,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.as_str().to_owned()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_never_heard_of_is_kept_verbatim_and_outranks_every_blocking_one() {
        let status = Status::from("on_sabbatical");
        assert_eq!(status.as_str(), "on_sabbatical");
        assert!(!status.is_terminal());
        assert!(status.rank() > Status::Unpaid.rank());
        assert!(status.rank() < Status::PastDue.rank());
    }
}
