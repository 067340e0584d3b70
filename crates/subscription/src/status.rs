//! The status that Stripe gives a subscription.

use std::fmt;

/// A subscription's status (<https://docs.stripe.com/api/subscriptions/object#subscription_object-status>).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "String", into = "String"))]
pub enum Status {
    /// The first invoice is not paid yet.
    Incomplete,
    /// The first invoice was not paid within 23 hours. Terminal.
    IncompleteExpired,
    /// In its trial.
    Trialing,
    /// Paid up.
    Active,
    /// The latest invoice failed and is being retried.
    PastDue,
    /// Every retry failed. Stripe drafts invoices but does not charge them.
    Unpaid,
    /// Ended. Terminal.
    Canceled,
    /// Paused: see [`Pause`](crate::state::Pause) for why.
    Paused,
    /// A status that this version does not know, verbatim.
    Unknown(String),
}

impl Status {
    /// All statuses that this version knows.
    pub const KNOWN: [Self; 8] = [
        Self::Incomplete,
        Self::IncompleteExpired,
        Self::Trialing,
        Self::Active,
        Self::PastDue,
        Self::Unpaid,
        Self::Canceled,
        Self::Paused,
    ];

    /// Returns `true` if a subscription never leaves this status.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Canceled | Self::IncompleteExpired)
    }

    /// Returns the rank that decides which of a customer's subscriptions speaks for the tenant: the highest one.
    ///
    /// An unknown status ranks below a paid one and above every blocking one, because it is a question and not a
    /// refusal.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Trialing | Self::Active => 4,
            Self::PastDue => 3,
            Self::Unknown(_) => 2,
            Self::Paused | Self::Unpaid | Self::Incomplete => 1,
            Self::Canceled | Self::IncompleteExpired => 0,
        }
    }

    /// Returns Stripe's word for the status.
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
