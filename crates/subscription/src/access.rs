//! What a tenant may do now, and why: a pure function, evaluated when asked, so that no job can be late for it.

use serde::{Deserialize, Serialize};

use crate::{ActionRequired, CustomerState, Status, SubscriptionState, UnixSeconds};

/// How long a tenant is served on when something is amiss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Payment grace: how long a past-due tenant is served after the first failure. Default 14 days.
    pub payment_grace_secs: i64,
    /// How long a tenant whose trial has ended is served until Stripe says what followed. Stripe converts a trial within
    /// minutes, but its deliveries can be hours late. Default one day.
    pub trial_overrun_secs: i64,
    /// How long, in doubt between two statuses, the kinder one counts. Default 15 minutes.
    pub doubt_secs: i64,
}

impl Default for Policy {
    fn default() -> Self {
        const DAY: i64 = 24 * 60 * 60;
        Self {
            payment_grace_secs: 14 * DAY,
            trial_overrun_secs: DAY,
            doubt_secs: 15 * 60,
        }
    }
}

/// Whether a tenant may use the service.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The decision.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// Until when it holds if Stripe says nothing new; `None`: for as long as Stripe says nothing new.
    pub valid_until: Option<UnixSeconds>,
    /// What follows then.
    pub then: Option<Then>,
}

/// The decision after [`Access::valid_until`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Then {
    /// The decision.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
}

/// Why access is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Paid.
    Active,
    /// In a trial.
    Trialing,
    /// The trial ended and nothing is known to follow it.
    TrialExpired,
    /// Ends by itself, paid until then.
    Canceling,
    /// A payment failed; served during the payment grace.
    PaymentPastDue,
    /// A payment waits for the cardholder to confirm it; served during the payment grace.
    PaymentActionRequired,
    /// The payment grace is over.
    PaymentGraceExpired,
    /// Every retry failed.
    Unpaid,
    /// The trial ended without a way to pay.
    Paused,
    /// Ended.
    Canceled,
    /// The first payment is missing.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// There is no subscription.
    NoSubscription,
    /// Stripe uses a status this version has not heard of: served, and to be looked at.
    Unknown,
}

impl Reason {
    /// The code for programs.
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
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::NoSubscription => "no_subscription",
            Self::Unknown => "unknown",
        }
    }

    /// The sentence for people.
    pub fn message(self) -> &'static str {
        match self {
            Self::Active => "The subscription is active.",
            Self::Trialing => "The subscription is in its trial.",
            Self::TrialExpired => "The trial has ended and no paid subscription is known.",
            Self::Canceling => "The subscription is canceled and paid until it ends.",
            Self::PaymentPastDue => "A payment failed and is being retried.",
            Self::PaymentActionRequired => "A payment waits for the cardholder to confirm it with their bank.",
            Self::PaymentGraceExpired => "A payment failed and the time to put it right is over.",
            Self::Unpaid => "Every attempt to collect the payment failed.",
            Self::Paused => "The trial ended without a payment method.",
            Self::Canceled => "The subscription has ended.",
            Self::Incomplete => "The first payment has not succeeded yet.",
            Self::IncompleteExpired => "The first payment never succeeded.",
            Self::NoSubscription => "There is no subscription.",
            Self::Unknown => "Stripe reports a status that is not known here.",
        }
    }

    fn allows(self) -> bool {
        match self {
            Self::Active
            | Self::Trialing
            | Self::Canceling
            | Self::PaymentPastDue
            | Self::PaymentActionRequired
            | Self::Unknown => true,
            Self::TrialExpired
            | Self::PaymentGraceExpired
            | Self::Unpaid
            | Self::Paused
            | Self::Canceled
            | Self::Incomplete
            | Self::IncompleteExpired
            | Self::NoSubscription => false,
        }
    }
}

/// Decides access for a customer in this state, by this policy, at this moment.
pub fn access(state: &CustomerState, policy: &Policy, now: UnixSeconds) -> Access {
    let Some(subscription) = &state.subscription else {
        return Access::settled(Reason::NoSubscription);
    };
    let reason = reason_at(subscription, policy, now);
    let mut deadlines = deadlines(subscription, policy, now);
    deadlines.sort_unstable();
    let turn = deadlines
        .into_iter()
        .flatten()
        .filter(|&end| end > now)
        .map(|end| (end, reason_at(subscription, policy, end)))
        .find(|&(_, then)| then != reason);
    match turn {
        Some((end, then)) => Access::until(reason, end, then),
        None => Access::settled(reason),
    }
}

/// While it is in doubt whether a tenant is to be blocked, and not for long, what was last certain counts.
fn reason_at(subscription: &SubscriptionState, policy: &Policy, now: UnixSeconds) -> Reason {
    let candidate = decide(subscription, &subscription.status, policy, now);
    if candidate.allowed {
        return candidate.reason;
    }
    in_doubt(subscription, policy)
        .filter(|&(until, _)| now < until)
        .map(|(_, last_certain)| decide(subscription, last_certain, policy, now))
        .filter(|kinder| kinder.allowed)
        .map_or(candidate.reason, |kinder| kinder.reason)
}

/// Every moment at which the decision may turn: that of either status, and the end of the doubt between them.
fn deadlines(subscription: &SubscriptionState, policy: &Policy, now: UnixSeconds) -> [Option<UnixSeconds>; 3] {
    let end_of = |status| decide(subscription, status, policy, now).valid_until;
    let doubt = in_doubt(subscription, policy);
    [
        end_of(&subscription.status),
        doubt.and_then(|(_, last_certain)| end_of(last_certain)),
        doubt.map(|(until, _)| until),
    ]
}

/// Until when the doubt counts, and the status that was last certain.
fn in_doubt<'a>(subscription: &'a SubscriptionState, policy: &Policy) -> Option<(UnixSeconds, &'a Status)> {
    let doubt = subscription.doubt.as_ref()?;
    Some((doubt.since.plus_secs(policy.doubt_secs), doubt.last_certain.as_ref()?))
}

fn decide(subscription: &SubscriptionState, status: &Status, policy: &Policy, now: UnixSeconds) -> Access {
    match status {
        Status::Active => match subscription.ends_at() {
            Some(end) => Access::while_before(now, Reason::Canceling, end, Reason::Canceled),
            None => Access::settled(Reason::Active),
        },
        Status::Trialing => match (subscription.ends_at(), subscription.trial_end) {
            (Some(end), _) => Access::while_before(now, Reason::Canceling, end, Reason::Canceled),
            (None, Some(end)) => {
                let end = end.plus_secs(policy.trial_overrun_secs);
                Access::while_before(now, Reason::Trialing, end, Reason::TrialExpired)
            }
            (None, None) => Access::settled(Reason::Trialing),
        },
        Status::PastDue => past_due(subscription, policy, now),
        Status::Unpaid => Access::settled(Reason::Unpaid),
        Status::Paused => Access::settled(Reason::Paused),
        Status::Canceled => Access::settled(Reason::Canceled),
        Status::Incomplete => Access::settled(Reason::Incomplete),
        Status::IncompleteExpired => Access::settled(Reason::IncompleteExpired),
        Status::Unknown(_) => Access::settled(Reason::Unknown),
    }
}

fn past_due(subscription: &SubscriptionState, policy: &Policy, now: UnixSeconds) -> Access {
    let dunning = subscription.dunning.as_ref();
    let reason = match dunning.map(|dunning| dunning.action_required) {
        Some(ActionRequired::ConfirmPayment) => Reason::PaymentActionRequired,
        Some(ActionRequired::UpdatePaymentMethod) | None => Reason::PaymentPastDue,
    };
    match dunning.map(|dunning| dunning.since).or(subscription.status_since) {
        Some(since) => {
            let end = since.plus_secs(policy.payment_grace_secs);
            Access::while_before(now, reason, end, Reason::PaymentGraceExpired)
        }
        None => Access::settled(reason),
    }
}

impl Access {
    /// A decision that only Stripe's word can change.
    fn settled(reason: Reason) -> Self {
        Self {
            allowed: reason.allows(),
            reason,
            valid_until: None,
            then: None,
        }
    }

    /// A decision that time changes.
    fn until(reason: Reason, end: UnixSeconds, then: Reason) -> Self {
        Self {
            allowed: reason.allows(),
            reason,
            valid_until: Some(end),
            then: Some(Then {
                allowed: then.allows(),
                reason: then,
            }),
        }
    }

    fn while_before(now: UnixSeconds, reason: Reason, end: UnixSeconds, then: Reason) -> Self {
        if now < end {
            Self::until(reason, end, then)
        } else {
            Self::settled(then)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Doubted, Dunning, Money};

    const DAY: i64 = 86_400;
    const NOW: UnixSeconds = UnixSeconds::new(1_800_000_000);

    fn subscription(status: Status) -> SubscriptionState {
        SubscriptionState {
            id: crate::SubscriptionId::new("sub_1"),
            status,
            status_since: Some(NOW),
            created: Some(NOW),
            trial_end: None,
            cancel_at_period_end: false,
            cancel_at: None,
            current_period_start: Some(NOW),
            current_period_end: Some(NOW.plus_secs(30 * DAY)),
            items: Vec::new(),
            dunning: None,
            doubt: None,
            gap: false,
            details: crate::Details::default(),
        }
    }

    fn decision(subscription: SubscriptionState, after_secs: i64) -> Access {
        let state = CustomerState {
            subscription: Some(subscription),
        };
        access(&state, &Policy::default(), NOW.plus_secs(after_secs))
    }

    #[test]
    fn each_status_alone_allows_or_blocks_for_its_own_reason() {
        for (status, allowed, code) in [
            ("active", true, "active"),
            ("trialing", true, "trialing"),
            ("past_due", true, "payment_past_due"),
            ("unpaid", false, "unpaid"),
            ("paused", false, "paused"),
            ("canceled", false, "canceled"),
            ("incomplete", false, "incomplete"),
            ("incomplete_expired", false, "incomplete_expired"),
            ("status_of_2031", true, "unknown"),
        ] {
            let access = decision(subscription(status.into()), 0);
            assert_eq!((access.allowed, access.reason.code()), (allowed, code), "{status}");
        }
        let none = access(&CustomerState::default(), &Policy::default(), NOW);
        assert_eq!((none.allowed, none.reason), (false, Reason::NoSubscription));
    }

    #[test]
    fn a_past_due_tenant_is_served_for_the_payment_grace_counted_from_the_first_failure() {
        let mut past_due = subscription(Status::PastDue);
        past_due.dunning = Some(Dunning {
            invoice_id: crate::InvoiceId::new("in_1"),
            attempt_count: 3,
            next_payment_attempt: None,
            amount_due: Money::new(4900, "eur"),
            action_required: ActionRequired::UpdatePaymentMethod,
            since: NOW.plus_secs(-10 * DAY),
        });
        let served = decision(past_due.clone(), 0);
        assert!(served.allowed);
        assert_eq!(served.valid_until, Some(NOW.plus_secs(4 * DAY)));
        assert_eq!(served.then.map(|then| then.reason), Some(Reason::PaymentGraceExpired));
        assert!(decision(past_due.clone(), 4 * DAY - 1).allowed);
        let over = decision(past_due, 4 * DAY);
        assert_eq!((over.allowed, over.reason), (false, Reason::PaymentGraceExpired));
    }

    #[test]
    fn a_payment_that_waits_for_the_bank_says_so() {
        let mut past_due = subscription(Status::PastDue);
        past_due.dunning = Some(Dunning {
            invoice_id: crate::InvoiceId::new("in_1"),
            attempt_count: 1,
            next_payment_attempt: None,
            amount_due: Money::new(4900, "eur"),
            action_required: ActionRequired::ConfirmPayment,
            since: NOW,
        });
        assert_eq!(decision(past_due, 0).reason, Reason::PaymentActionRequired);
    }

    #[test]
    fn a_canceling_tenant_is_paid_through_and_not_a_second_longer() {
        let mut canceling = subscription(Status::Active);
        canceling.cancel_at_period_end = true;
        let served = decision(canceling.clone(), 30 * DAY - 1);
        assert_eq!((served.allowed, served.reason), (true, Reason::Canceling));
        assert_eq!(served.then.map(|then| then.allowed), Some(false));
        assert_eq!(decision(canceling, 30 * DAY).reason, Reason::Canceled);
    }

    #[test]
    fn a_trial_that_stripe_never_concluded_runs_over_by_a_day_and_ends() {
        let mut trial = subscription(Status::Trialing);
        trial.trial_end = Some(NOW.plus_secs(14 * DAY));
        assert_eq!(decision(trial.clone(), 15 * DAY - 1).reason, Reason::Trialing);
        let over = decision(trial, 15 * DAY);
        assert_eq!((over.allowed, over.reason), (false, Reason::TrialExpired));
    }

    #[test]
    fn in_doubt_the_kinder_answer_counts_for_fifteen_minutes() {
        let mut doubted = subscription(Status::Unpaid);
        doubted.doubt = Some(Doubted {
            since: NOW,
            last_certain: Some(Status::Active),
        });
        let served = decision(doubted.clone(), 899);
        assert_eq!((served.allowed, served.reason), (true, Reason::Active));
        assert_eq!(served.then.map(|then| then.reason), Some(Reason::Unpaid));
        assert!(!decision(doubted, 900).allowed);
    }
}
