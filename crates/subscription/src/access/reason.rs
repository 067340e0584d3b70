//! The reasons for access decisions.

/// The reason for an access decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reason {
    /// Paid.
    Active,
    /// In a trial.
    Trialing,
    /// The trial ended and nothing is known to follow it.
    TrialExpired,
    /// An end is set, and access continues until then.
    Canceling,
    /// A payment is owed. Access continues during the payment grace.
    PaymentPastDue,
    /// A payment waits for the cardholder's confirmation. Access continues during the payment grace.
    PaymentActionRequired,
    /// The payment grace is over.
    PaymentGraceExpired,
    /// Every retry failed.
    Unpaid,
    /// Paused on request.
    PausedByCustomer,
    /// Paused because a payment failed. Access continues during the payment grace.
    PausedForPayment,
    /// The trial ended without a way to pay.
    PausedTrialEnded,
    /// Paused for another reason, or for a reason that Stripe does not report.
    Paused,
    /// Ended.
    Canceled,
    /// The first payment is missing.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// There is no subscription.
    NoSubscription,
    /// Stripe reports a status that this version does not know. Access continues, and a person should look.
    Unknown,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 17] = [
        Self::Active,
        Self::Trialing,
        Self::TrialExpired,
        Self::Canceling,
        Self::PaymentPastDue,
        Self::PaymentActionRequired,
        Self::PaymentGraceExpired,
        Self::Unpaid,
        Self::PausedByCustomer,
        Self::PausedForPayment,
        Self::PausedTrialEnded,
        Self::Paused,
        Self::Canceled,
        Self::Incomplete,
        Self::IncompleteExpired,
        Self::NoSubscription,
        Self::Unknown,
    ];

    /// Returns the code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Trialing => "trialing",
            Self::TrialExpired => "trial_expired",
            Self::Canceling => "canceling",
            Self::PaymentPastDue => "payment_past_due",
            Self::PaymentActionRequired => "payment_action_required",
            Self::PaymentGraceExpired => "payment_grace_expired",
            Self::Unpaid => "unpaid",
            Self::PausedByCustomer => "paused_by_customer",
            Self::PausedForPayment => "paused_for_payment",
            Self::PausedTrialEnded => "paused_trial_ended",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::NoSubscription => "no_subscription",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the sentence for people.
    pub fn message(self) -> &'static str {
        match self {
            Self::Active => "The subscription is active.",
            Self::Trialing => "The subscription is in its trial.",
            Self::TrialExpired => "The trial has ended and no paid subscription is known.",
            Self::Canceling => "The subscription is set to end, and is served until then.",
            Self::PaymentPastDue => "A payment is overdue.",
            Self::PaymentActionRequired => "A payment waits for the cardholder to confirm it with their bank.",
            Self::PaymentGraceExpired => "A payment is overdue and the time to put it right is over.",
            Self::Unpaid => "Every attempt to collect the payment failed.",
            Self::PausedByCustomer => "The subscription is paused as requested.",
            Self::PausedForPayment => "The subscription is paused because a payment failed.",
            Self::PausedTrialEnded => "The trial ended without a payment method.",
            Self::Paused => "The subscription is paused.",
            Self::Canceled => "The subscription has ended.",
            Self::Incomplete => "The first payment has not succeeded yet.",
            Self::IncompleteExpired => "The first payment never succeeded.",
            Self::NoSubscription => "There is no subscription.",
            Self::Unknown => "Stripe reports a status that is not known here.",
        }
    }

    /// Returns `true` if the reason is a missing payment.
    pub fn is_payment(self) -> bool {
        match self {
            Self::PaymentPastDue
            | Self::PaymentActionRequired
            | Self::PaymentGraceExpired
            | Self::Unpaid
            | Self::PausedForPayment => true,
            Self::Active
            | Self::Trialing
            | Self::TrialExpired
            | Self::Canceling
            | Self::PausedByCustomer
            | Self::PausedTrialEnded
            | Self::Paused
            | Self::Canceled
            | Self::Incomplete
            | Self::IncompleteExpired
            | Self::NoSubscription
            | Self::Unknown => false,
        }
    }
}
