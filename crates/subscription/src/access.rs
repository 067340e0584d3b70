//! The access decision: a pure function of state, policy and time.
//!
//! It is evaluated on request, so no job can be late for it. Each subscription has a [`Timeline`] of the decisions that
//! it makes alone. The tenant gets the most favorable decision of all its subscriptions at each moment.

use serde::{Deserialize, Serialize};

use crate::{ActionRequired, CustomerState, Pause, Status, SubscriptionId, SubscriptionState, UnixSeconds};

/// The periods for which a tenant keeps access when something is amiss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The payment grace: how long a past-due tenant keeps access, counted from the moment since which a payment is
    /// owed. Default: 14 days.
    pub payment_grace_secs: i64,
    /// The time for which a tenant keeps access after a trial has ended, until Stripe reports what followed. Stripe
    /// converts a trial within minutes, but its deliveries can be hours late. Default: one day.
    pub trial_overrun_secs: i64,
    /// The time for which the more favorable of two statuses counts while the facts allow both. Default: 15 minutes.
    pub doubt_secs: i64,
    /// `true` continues the payment grace while Stripe pauses a subscription because a payment failed. `false` blocks
    /// access at once. Default: `true`.
    pub grace_while_paused: bool,
}

impl Default for Policy {
    fn default() -> Self {
        const DAY: i64 = 24 * 60 * 60;
        Self {
            payment_grace_secs: 14 * DAY,
            trial_overrun_secs: DAY,
            doubt_secs: 15 * 60,
            grace_while_paused: true,
        }
    }
}

/// The decision whether a tenant may use the service.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The decision.
    pub allowed: bool,
    /// The reason for the decision.
    pub reason: Reason,
    /// The end of this decision if Stripe reports nothing new; `None` if it then holds without end.
    pub valid_until: Option<UnixSeconds>,
    /// The decision that follows.
    pub then: Option<Then>,
    /// The subscription on which the decision rests.
    pub subscription: Option<SubscriptionId>,
}

/// The decision after [`Access::valid_until`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Then {
    /// The decision.
    pub allowed: bool,
    /// The reason for the decision.
    pub reason: Reason,
}

/// The reason for an access decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// Decides the access of a customer in this state under this policy at `now`.
pub fn access(state: &CustomerState, policy: &Policy, now: UnixSeconds) -> Access {
    Prospects::of(state, policy).access(now)
}

/// The present and future decisions of each of a customer's subscriptions.
#[derive(Debug)]
pub(crate) struct Prospects<'a>(Vec<(&'a SubscriptionState, Timeline)>);

impl<'a> Prospects<'a> {
    pub(crate) fn of(state: &'a CustomerState, policy: &Policy) -> Self {
        let timelines = state.subscriptions().map(|one| (one, Timeline::of(one, policy)));
        Self(timelines.collect())
    }

    pub(crate) fn access(&self, now: UnixSeconds) -> Access {
        let (decision, subscription) = self.at(now);
        let turn = self
            .turns()
            .filter(|&at| at > now)
            .map(|at| (at, self.at(at).0))
            .filter(|&(_, then)| then != decision)
            .min_by_key(|&(at, _)| at);
        Access {
            allowed: decision.allowed,
            reason: decision.reason,
            valid_until: turn.map(|(at, _)| at),
            then: turn.map(|(_, Decision { allowed, reason })| Then { allowed, reason }),
            subscription: subscription.map(|one| one.id.clone()),
        }
    }

    /// Returns each subscription with the timeline that it has alone.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'a SubscriptionState, &Timeline)> {
        self.0.iter().map(|(one, timeline)| (*one, timeline))
    }

    /// Returns every moment at which a decision changes.
    pub(crate) fn turns(&self) -> impl Iterator<Item = UnixSeconds> {
        self.0
            .iter()
            .flat_map(|(_, timeline)| timeline.turns.iter().map(|&(at, _)| at))
    }

    /// Returns the first turn after `at` at which `is_so` no longer holds, if there is one.
    pub(crate) fn holds_until(&self, at: UnixSeconds, is_so: impl Fn(UnixSeconds) -> bool) -> Option<UnixSeconds> {
        self.turns().filter(|&turn| turn > at && !is_so(turn)).min()
    }

    /// Returns the decision at `now` and the subscription that makes it. Of the subscriptions that give access, the one
    /// that gives it longest decides, then the one of the highest rank. Without such a subscription, the one of the
    /// highest rank decides.
    pub(crate) fn at(&self, now: UnixSeconds) -> (Decision, Option<&'a SubscriptionState>) {
        let best = self.0.iter().max_by(|(a, a_timeline), (b, b_timeline)| {
            let kindness = |one: &SubscriptionState, timeline: &Timeline| {
                let end = timeline.served_until(now);
                (end, one.status.rank(), one.created)
            };
            let (a_kind, b_kind) = (kindness(a, a_timeline), kindness(b, b_timeline));
            a_kind.cmp(&b_kind).then_with(|| a.id.cmp(&b.id))
        });
        let decision = best.map_or(Decision::refused(Reason::NoSubscription), |(_, timeline)| timeline.at(now));
        (decision, best.map(|(one, _)| *one))
    }
}

/// A decision that holds until the next turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    pub(crate) reason: Reason,
}

impl Decision {
    const fn served(reason: Reason) -> Self {
        Self { allowed: true, reason }
    }

    const fn refused(reason: Reason) -> Self {
        Self { allowed: false, reason }
    }
}

/// The end of a subscription's access. Access without end is the greatest value, no access the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ServedUntil {
    Never,
    Then(UnixSeconds),
    Further,
}

/// The decisions of one subscription over time: the first one, and each later one with its moment.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    first: Decision,
    /// Sorted by time.
    turns: Vec<(UnixSeconds, Decision)>,
}

impl Timeline {
    fn settled(first: Decision) -> Self {
        Self {
            first,
            turns: Vec::new(),
        }
    }

    /// Returns the timeline with `then` from `at` on in place of all later turns. `None` leaves the timeline as it is.
    fn until(mut self, at: Option<UnixSeconds>, then: Decision) -> Self {
        if let Some(at) = at {
            self.turns.retain(|&(turn, _)| turn < at);
            self.turns.push((at, then));
        }
        self
    }

    pub(crate) fn at(&self, now: UnixSeconds) -> Decision {
        let passed = self.turns.iter().rev().find(|&&(at, _)| at <= now);
        passed.map_or(self.first, |&(_, decision)| decision)
    }

    fn served_until(&self, now: UnixSeconds) -> ServedUntil {
        if !self.at(now).allowed {
            return ServedUntil::Never;
        }
        let end = self.turns.iter().find(|(at, decision)| *at > now && !decision.allowed);
        end.map_or(ServedUntil::Further, |&(at, _)| ServedUntil::Then(at))
    }

    /// Builds the timeline of a subscription. During the doubt period, the last certain status counts where it gives
    /// access and the current one does not.
    pub(crate) fn of(one: &SubscriptionState, policy: &Policy) -> Self {
        let told = Self::by(one, &one.status, policy);
        let Some((until, certain)) = in_doubt(one, policy) else {
            return told;
        };
        let kinder = Self::by(one, certain, policy);
        let decide = |at: UnixSeconds| {
            let (told, kinder) = (told.at(at), kinder.at(at));
            if told.allowed || !kinder.allowed || at >= until {
                told
            } else {
                kinder
            }
        };
        let mut moments: Vec<UnixSeconds> = told.turns.iter().chain(&kinder.turns).map(|&(at, _)| at).collect();
        moments.push(until);
        moments.sort_unstable();
        Self {
            first: if told.first.allowed || !kinder.first.allowed {
                told.first
            } else {
                kinder.first
            },
            turns: moments.into_iter().map(|at| (at, decide(at))).collect(),
        }
    }

    /// Builds the timeline for the case that the subscription has this status.
    fn by(one: &SubscriptionState, status: &Status, policy: &Policy) -> Self {
        let ended = Decision::refused(Reason::Canceled);
        let running = |reason| match one.ends_at() {
            Some(_) => Self::settled(Decision::served(Reason::Canceling)),
            None => Self::settled(Decision::served(reason)),
        };
        match status {
            Status::Active => {
                let overdue = one.falls_due_at.map(|due_at| due_at.plus_secs(policy.payment_grace_secs));
                running(Reason::Active)
                    .until(one.falls_due_at, Decision::served(Reason::PaymentPastDue))
                    .until(overdue, Decision::refused(Reason::PaymentGraceExpired))
                    .until(one.ends_at(), ended)
            }
            Status::Trialing => {
                let overrun = one.trial_end.map(|end| end.plus_secs(policy.trial_overrun_secs));
                running(Reason::Trialing)
                    .until(overrun, Decision::refused(Reason::TrialExpired))
                    .until(one.ends_at(), ended)
            }
            Status::PastDue => Self::settled(Decision::served(owing(one)))
                .until(grace_end(one, policy), Decision::refused(Reason::PaymentGraceExpired))
                .until(one.ends_at(), ended),
            Status::Paused => Self::paused(one, policy).until(one.ends_at(), ended),
            Status::Unpaid => Self::settled(Decision::refused(Reason::Unpaid)),
            Status::Canceled => Self::settled(ended),
            Status::Incomplete => Self::settled(Decision::refused(Reason::Incomplete)),
            Status::IncompleteExpired => Self::settled(Decision::refused(Reason::IncompleteExpired)),
            Status::Unknown(_) => Self::settled(Decision::served(Reason::Unknown)),
        }
    }

    /// Builds the timeline of a paused subscription. A pause for a failed payment keeps the grace, but only if the
    /// subscription gave access before.
    fn paused(one: &SubscriptionState, policy: &Policy) -> Self {
        match one.pause {
            Some(Pause::Payment) if policy.grace_while_paused && one.served_since.is_some() => {
                Self::settled(Decision::served(Reason::PausedForPayment))
                    .until(grace_end(one, policy), Decision::refused(Reason::PaymentGraceExpired))
            }
            Some(Pause::Payment) => Self::settled(Decision::refused(Reason::PausedForPayment)),
            Some(Pause::Requested) => Self::settled(Decision::refused(Reason::PausedByCustomer)),
            Some(Pause::TrialEnded) => Self::settled(Decision::refused(Reason::PausedTrialEnded)),
            Some(Pause::Other) | None => Self::settled(Decision::refused(Reason::Paused)),
        }
    }
}

fn owing(one: &SubscriptionState) -> Reason {
    match one.dunning.as_ref().map(|dunning| dunning.action_required) {
        Some(ActionRequired::ConfirmPayment) => Reason::PaymentActionRequired,
        Some(ActionRequired::UpdatePaymentMethod | ActionRequired::PayInvoice) | None => Reason::PaymentPastDue,
    }
}

/// Returns the end of the payment grace. The grace belongs to the current period of owing, not to an earlier failure.
fn grace_end(one: &SubscriptionState, policy: &Policy) -> Option<UnixSeconds> {
    let since = one.owing_since.or(one.status_since)?;
    Some(since.plus_secs(policy.payment_grace_secs))
}

/// Returns the end of the doubt period and the last certain status.
fn in_doubt<'a>(one: &'a SubscriptionState, policy: &Policy) -> Option<(UnixSeconds, &'a Status)> {
    let doubt = one.doubt.as_ref()?;
    Some((doubt.since.plus_secs(policy.doubt_secs), doubt.last_certain.as_ref()?))
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
            canceled_at: None,
            schedule_ends_at: None,
            owing_since: None,
            falls_due_at: None,
            served_since: Some(NOW),
            pause: None,
            collection_paused: None,
            pays_with: None,
            doubt: None,
            gap: false,
            details: crate::Details::default(),
        }
    }

    fn decision(subscription: SubscriptionState, after_secs: i64) -> Access {
        let state = CustomerState {
            subscription: Some(subscription),
            ..CustomerState::default()
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
            due_at: None,
        });
        past_due.owing_since = Some(NOW.plus_secs(-10 * DAY));
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
            due_at: None,
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
