//! The decisions of one subscription over time.

use super::policy::Policy;
use super::reason::Reason;
use crate::state::{ActionRequired, Pause, SubscriptionState};
use crate::{Status, UnixSeconds};

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

    pub(super) const fn refused(reason: Reason) -> Self {
        Self { allowed: false, reason }
    }
}

/// The end of a subscription's access. Access without end is the greatest value, no access the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServedUntil {
    Never,
    Then(UnixSeconds),
    Further,
}

/// The decisions of one subscription over time: the first one, and each later one with its moment.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    first: Decision,
    /// Sorted by time.
    pub(super) turns: Vec<(UnixSeconds, Decision)>,
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

    pub(super) fn served_until(&self, now: UnixSeconds) -> ServedUntil {
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
