//! The access decision: a pure function of state, policy and time.
//!
//! It is evaluated on request, so no job can be late for it. Each subscription has a timeline of the decisions that it
//! makes alone. The tenant gets the most favorable decision of all its subscriptions at each moment.

mod level;
mod policy;
mod prospects;
mod reason;
mod timeline;

use crate::state::CustomerState;
use crate::{SubscriptionId, UnixSeconds};

pub use level::Level;
pub use policy::Policy;
pub(crate) use prospects::Prospects;
pub use reason::Reason;
pub(crate) use timeline::Timeline;

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

impl Access {
    /// Returns the extent of access.
    pub const fn level(&self) -> Level {
        Level::of(self.allowed)
    }
}

impl Then {
    /// Returns the extent of access.
    pub const fn level(&self) -> Level {
        Level::of(self.allowed)
    }
}

/// Decides the access of a customer in this state under this policy at `now`.
pub fn access(state: &CustomerState, policy: &Policy, now: UnixSeconds) -> Access {
    Prospects::of(state, policy).access(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Details;
    use crate::state::{ActionRequired, Doubted, Dunning, SubscriptionState};
    use crate::{InvoiceId, Money, Status};

    const DAY: i64 = 86_400;
    const NOW: UnixSeconds = UnixSeconds::new(1_800_000_000);

    fn subscription(status: Status) -> SubscriptionState {
        SubscriptionState {
            id: SubscriptionId::new("sub_1"),
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
            details: Details::default(),
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
    fn whoever_is_allowed_anything_is_allowed_everything() {
        for status in Status::KNOWN {
            let access = decision(subscription(status), 0);
            let expected = if access.allowed { Level::Full } else { Level::None };
            assert_eq!(access.level(), expected, "{:?}", access.reason);
        }
        // In the payment grace the level is full, and what follows the grace is nothing.
        let mut past_due = subscription(Status::PastDue);
        past_due.owing_since = Some(NOW);
        let served = decision(past_due, 13 * DAY);
        let then = served.then.map(|then| then.level());
        assert_eq!((served.level(), then), (Level::Full, Some(Level::None)));
        assert!(Level::None < Level::Full);
        assert_eq!(Level::ALL.map(Level::as_str), ["full", "none"]);
    }

    #[test]
    fn a_past_due_tenant_is_served_for_the_payment_grace_counted_from_the_first_failure() {
        let mut past_due = subscription(Status::PastDue);
        past_due.dunning = Some(Dunning {
            invoice_id: InvoiceId::new("in_1"),
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
            invoice_id: InvoiceId::new("in_1"),
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
