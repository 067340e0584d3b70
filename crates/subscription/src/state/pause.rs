//! The reasons for a pause.

use crate::UnixSeconds;

/// The reason why a subscription is paused (<https://docs.stripe.com/billing/subscriptions/pause>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
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
