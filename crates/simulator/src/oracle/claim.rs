//! What a mail claims.

/// One thing that a mail says, or rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim<'a> {
    /// So much is to be paid for an open invoice of a subscription that lives.
    Owes {
        /// The invoice.
        invoice: &'a str,
        /// In minor units.
        amount: i64,
    },
    /// So much is left of an invoice, whatever became of its subscription.
    IsLeft {
        /// The invoice.
        invoice: &'a str,
        /// In minor units.
        amount: i64,
    },
    /// It is tried again then, or nobody says when.
    TriesAgain {
        /// The invoice.
        invoice: &'a str,
        /// When.
        at: Option<i64>,
    },
    /// The cardholder was asked to confirm this attempt.
    WaitsForCardholder {
        /// The invoice.
        invoice: &'a str,
    },
    /// It was sent, is open, and was to be paid by then, which is past.
    IsOverdue {
        /// The invoice.
        invoice: &'a str,
        /// When it was due.
        due_at: i64,
    },
    /// It is paid.
    IsPaid {
        /// The invoice.
        invoice: &'a str,
    },
    /// It failed when its subscription was more than a checkout that is under way, or was left unpaid by that.
    WasChased {
        /// The invoice.
        invoice: &'a str,
    },
    /// It was paid when its subscription had ended.
    IsPaidAfterEnd {
        /// The invoice.
        invoice: &'a str,
    },
    /// It failed, is void, and its subscription is served.
    IsVoidedUnderService {
        /// The invoice.
        invoice: &'a str,
    },
    /// It is a draft that Stripe could not make final.
    CannotBeFinal {
        /// The invoice.
        invoice: &'a str,
    },
    /// So much is disputed, or was: then with this outcome.
    IsDisputed {
        /// The dispute.
        dispute: &'a str,
        /// In minor units.
        amount: i64,
        /// What the bank decided.
        outcome: Option<&'a str>,
    },
    /// The tenant is not served, and would be by this subscription if a payment were not missing.
    IsRefusedForPayment {
        /// The subscription.
        subscription: &'a str,
    },
    /// No subscription lives.
    NothingLives,
    /// It ended for this reason, and with so many attempts in vain.
    Ended {
        /// The subscription.
        subscription: &'a str,
        /// Why, by one of the words of [`Why`].
        why: &'a str,
    },
    /// So much was paid for it last, if anything was.
    WasPaidLast {
        /// The subscription.
        subscription: &'a str,
        /// In minor units.
        amount: Option<i64>,
    },
    /// What it would be charged to is this.
    IsPaidWith {
        /// The payment method.
        method: &'a str,
        /// The last four digits that are named.
        last4: Option<&'a str>,
    },
    /// A subscription is still charged to it then.
    IsNeededAt {
        /// The payment method.
        method: &'a str,
        /// When.
        at: i64,
    },
    /// It took the place of another.
    ReplacesAnother {
        /// The payment method.
        method: &'a str,
    },
    /// It is in its trial, which ends then.
    IsInTrialUntil {
        /// The subscription.
        subscription: &'a str,
        /// When it ends.
        at: Option<i64>,
    },
    /// Its trial ends then and it goes on.
    GoesOnAfterTrial {
        /// The subscription.
        subscription: &'a str,
        /// When the trial ends.
        at: i64,
    },
    /// Its trial ended, and nothing follows.
    TrialIsOver {
        /// The subscription.
        subscription: &'a str,
    },
    /// It renews then, for so much.
    Renews {
        /// The subscription.
        subscription: &'a str,
        /// When.
        at: i64,
        /// In minor units.
        amount: i64,
        /// It is told as the end of a trial.
        is_told_as_trial_end: bool,
    },
    /// Its end was set, after its creation.
    EndIsSet {
        /// The subscription.
        subscription: &'a str,
        /// When it ends.
        at: i64,
        /// The customer said why.
        is_requested: bool,
    },
    /// For the subscription of this invoice no end is set, or exactly this one.
    EndsAt {
        /// The invoice.
        invoice: &'a str,
        /// When, if one is set.
        at: Option<i64>,
    },
    /// No end is set any more.
    NoEndIsSet {
        /// The subscription.
        subscription: &'a str,
    },
    /// It is paused, or its collection is.
    IsPaused {
        /// The subscription.
        subscription: &'a str,
        /// It is its collection.
        is_collection: bool,
        /// When it goes on by itself.
        resumes_at: Option<i64>,
    },
    /// Neither it nor its collection is paused, and it lives.
    GoesOn {
        /// The subscription.
        subscription: &'a str,
    },
    /// It is given up as unpaid.
    IsUnpaid {
        /// The subscription.
        subscription: &'a str,
    },
}

/// Why a subscription ended, as far as there is evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The customer said why.
    Requested,
    /// It was not paid.
    PaymentFailed,
    /// A payment was disputed.
    PaymentDisputed,
    /// Stripe cleans up.
    RetentionPolicy,
    /// Its trial ended with nothing to charge.
    TrialWithoutPaymentMethod,
    /// It began with its end.
    FixedTerm,
    /// Nobody says.
    Unknown,
}

impl Why {
    /// The word for it.
    #[must_use]
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
