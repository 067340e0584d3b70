//! The claims of mails.

/// A claim that a mail makes or rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim<'a> {
    /// The invoice is open, this amount is to be paid, and its subscription lives.
    Owes {
        /// The invoice.
        invoice: &'a str,
        /// The amount in minor units.
        amount: i64,
    },
    /// This amount is left of an invoice, whatever the state of its subscription.
    IsLeft {
        /// The invoice.
        invoice: &'a str,
        /// The amount in minor units.
        amount: i64,
    },
    /// The invoice is tried again at this time, or at no known time.
    TriesAgain {
        /// The invoice.
        invoice: &'a str,
        /// The time of the next attempt.
        at: Option<i64>,
    },
    /// The cardholder was asked to confirm the latest attempt.
    WaitsForCardholder {
        /// The invoice.
        invoice: &'a str,
    },
    /// The invoice was sent, is open, and was due at this time, which is past.
    IsOverdue {
        /// The invoice.
        invoice: &'a str,
        /// The due date.
        due_at: i64,
    },
    /// The invoice is paid.
    IsPaid {
        /// The invoice.
        invoice: &'a str,
    },
    /// The invoice failed after its subscription's checkout, or the checkout left it unpaid.
    WasChased {
        /// The invoice.
        invoice: &'a str,
    },
    /// The invoice was paid after its subscription had ended.
    IsPaidAfterEnd {
        /// The invoice.
        invoice: &'a str,
    },
    /// The invoice failed, is void, and its subscription is served.
    IsVoidedUnderService {
        /// The invoice.
        invoice: &'a str,
    },
    /// The invoice is a draft that Stripe could not finalize.
    CannotBeFinal {
        /// The invoice.
        invoice: &'a str,
    },
    /// This amount is disputed, or was, with this outcome.
    IsDisputed {
        /// The dispute.
        dispute: &'a str,
        /// The amount in minor units.
        amount: i64,
        /// The bank's decision, if there is one.
        outcome: Option<&'a str>,
    },
    /// The tenant is not served, and would be by this subscription if no payment were missing.
    IsRefusedForPayment {
        /// The subscription.
        subscription: &'a str,
    },
    /// No subscription lives, apart from those given up as unpaid.
    NothingLives,
    /// The subscription ended for this reason.
    Ended {
        /// The subscription.
        subscription: &'a str,
        /// The reason: `requested`, `payment_failed`, `payment_disputed`, `retention_policy`,
        /// `trial_without_payment_method`, `fixed_term` or `unknown`.
        why: &'a str,
    },
    /// This amount was the last payment for the subscription, if there was any.
    WasPaidLast {
        /// The subscription.
        subscription: &'a str,
        /// The amount in minor units.
        amount: Option<i64>,
    },
    /// The payment method is one that would be charged.
    IsPaidWith {
        /// The payment method.
        method: &'a str,
        /// The last four digits that are named, if any.
        last4: Option<&'a str>,
    },
    /// A subscription is still charged to the payment method at this time.
    IsNeededAt {
        /// The payment method.
        method: &'a str,
        /// The time.
        at: i64,
    },
    /// The payment method took the place of another.
    ReplacesAnother {
        /// The payment method.
        method: &'a str,
    },
    /// The subscription is in its trial, which ends at this time.
    IsInTrialUntil {
        /// The subscription.
        subscription: &'a str,
        /// The end of the trial.
        at: Option<i64>,
    },
    /// The subscription's trial ends at this time, and the subscription continues.
    GoesOnAfterTrial {
        /// The subscription.
        subscription: &'a str,
        /// The end of the trial.
        at: i64,
    },
    /// The subscription's trial ended, and nothing follows.
    TrialIsOver {
        /// The subscription.
        subscription: &'a str,
    },
    /// The subscription renews at this time, for this amount.
    Renews {
        /// The subscription.
        subscription: &'a str,
        /// The time of the renewal.
        at: i64,
        /// The amount in minor units.
        amount: i64,
        /// The mail presents it as the end of a trial.
        is_told_as_trial_end: bool,
    },
    /// The subscription's end was set, after its creation.
    EndIsSet {
        /// The subscription.
        subscription: &'a str,
        /// The end.
        at: i64,
        /// The customer gave a reason.
        is_requested: bool,
    },
    /// The subscription of this invoice has exactly this end set, or none.
    EndsAt {
        /// The invoice.
        invoice: &'a str,
        /// The end, if one is set.
        at: Option<i64>,
    },
    /// The subscription has no end set any more.
    NoEndIsSet {
        /// The subscription.
        subscription: &'a str,
    },
    /// The subscription is paused, or its collection is.
    IsPaused {
        /// The subscription.
        subscription: &'a str,
        /// The collection is paused.
        is_collection: bool,
        /// The time at which collection resumes by itself.
        resumes_at: Option<i64>,
    },
    /// The subscription lives, and neither it nor its collection is paused.
    GoesOn {
        /// The subscription.
        subscription: &'a str,
    },
    /// The subscription is given up as unpaid.
    IsUnpaid {
        /// The subscription.
        subscription: &'a str,
    },
}

/// The reason why a subscription ended, as far as there is evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// The customer gave a reason.
    Requested,
    /// A payment was missing.
    PaymentFailed,
    /// A payment was disputed.
    PaymentDisputed,
    /// Stripe's retention policy removed it.
    RetentionPolicy,
    /// The trial ended with nothing to charge.
    TrialWithoutPaymentMethod,
    /// The end was set at the beginning.
    FixedTerm,
    /// The reason is unknown.
    Unknown,
}

impl Why {
    /// Returns the reason's name.
    pub(crate) fn as_str(self) -> &'static str {
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
