//! The access of a tenant.

use stripe_event::SubscriptionStatus;

use super::life::Life;
use super::{GRACE, OVERRUN, Oracle};

/// The decision whether a tenant is served, and its reason code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// The tenant is served.
    pub allowed: bool,
    /// The reason code.
    pub code: &'static str,
}

/// The access of a tenant at a point in time, and its next change by time alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The access now.
    pub now: Word,
    /// The next change if nothing new happens: its time, and the access from then on.
    pub then: Option<(i64, Word)>,
}

const fn served(code: &'static str) -> Word {
    Word { allowed: true, code }
}

const fn refused(code: &'static str) -> Word {
    Word { allowed: false, code }
}

impl Oracle {
    /// Returns the tenant's access at this time, which must not be before the last event.
    #[must_use]
    pub fn access_at(&self, moment: i64) -> Expected {
        let now = self.word_at(moment);
        let then = self
            .turns_after(moment)
            .into_iter()
            .map(|at| (at, self.word_at(at)))
            .find(|&(_, then)| then != now);
        Expected { now, then }
    }

    /// Returns every time after this one at which time alone may change the access.
    #[must_use]
    pub fn turns_after(&self, moment: i64) -> Vec<i64> {
        let mut turns: Vec<i64> = self.lives.values().flat_map(|life| self.turns(life)).collect();
        turns.retain(|&at| at > moment);
        turns.sort_unstable();
        turns.dedup();
        turns
    }

    /// Returns the access by the kindest of several subscriptions: one that is served, and of those the one that stays
    /// so longest.
    fn word_at(&self, moment: i64) -> Word {
        let kindest = self.speaks_at(moment);
        kindest.map_or(refused("no_subscription"), |life| self.word(life, moment))
    }

    pub(crate) fn speaks_at(&self, moment: i64) -> Option<&Life> {
        self.lives.values().max_by_key(|life| {
            let word = self.word(life, moment);
            let served_until = self.served_until(life, moment);
            let rank = rank(&life.status);
            (word.allowed, served_until, rank, life.now.created, life.now.id.clone())
        })
    }

    fn served_until(&self, life: &Life, moment: i64) -> i64 {
        if !self.word(life, moment).allowed {
            return moment;
        }
        let mut turns = self.turns(life);
        turns.sort_unstable();
        let ends = turns.into_iter().find(|&at| at > moment && !self.word(life, at).allowed);
        ends.unwrap_or(i64::MAX)
    }

    fn turns(&self, life: &Life) -> Vec<i64> {
        let trial_is_over = life.now.trial_end.map(|end| end + OVERRUN);
        let due = self.due_unheard(life);
        let since = [life.owes_since, due].into_iter().flatten().map(|since| since + GRACE);
        let set = [life.set_end(), trial_is_over, due];
        set.into_iter().flatten().chain(since).collect()
    }

    /// Returns the due date after which an active subscription will owe for a sent invoice, if Stripe has not reported
    /// on the subscription since.
    fn due_unheard(&self, life: &Life) -> Option<i64> {
        let due = life.due_date(&self.bills)?;
        (life.status == SubscriptionStatus::Active && life.told_at < due).then_some(due)
    }

    pub(crate) fn status_at(&self, life: &Life, moment: i64) -> SubscriptionStatus<'static> {
        match self.due_unheard(life) {
            Some(due) if due <= moment => SubscriptionStatus::PastDue,
            _ => life.status.clone(),
        }
    }

    pub(crate) fn word(&self, life: &Life, moment: i64) -> Word {
        let is_over = |end: i64| end <= moment;
        let end = life.set_end();
        match self.status_at(life, moment) {
            SubscriptionStatus::Active
            | SubscriptionStatus::Trialing
            | SubscriptionStatus::PastDue
            | SubscriptionStatus::Paused
                if end.is_some_and(is_over) =>
            {
                refused("canceled")
            }
            SubscriptionStatus::Active if end.is_some() => served("canceling"),
            SubscriptionStatus::Active => served("active"),
            SubscriptionStatus::Trialing if life.now.trial_end.is_some_and(|end| is_over(end + OVERRUN)) => {
                refused("trial_expired")
            }
            SubscriptionStatus::Trialing if end.is_some() => served("canceling"),
            SubscriptionStatus::Trialing => served("trialing"),
            SubscriptionStatus::PastDue => {
                let since = life.owes_since.or(self.due_unheard(life));
                if since.is_some_and(|since| is_over(since + GRACE)) {
                    refused("payment_grace_expired")
                } else if self.waits_for_cardholder(life) {
                    served("payment_action_required")
                } else {
                    served("payment_past_due")
                }
            }
            SubscriptionStatus::Unpaid => refused("unpaid"),
            SubscriptionStatus::Paused => paused(life, moment),
            SubscriptionStatus::Canceled => refused("canceled"),
            SubscriptionStatus::Incomplete => refused("incomplete"),
            SubscriptionStatus::IncompleteExpired => refused("incomplete_expired"),
            SubscriptionStatus::Other(_) => served("unknown"),
        }
    }

    /// Returns true if the latest failed attempt, of the invoices still to be paid, asked for the cardholder.
    fn waits_for_cardholder(&self, life: &Life) -> bool {
        let failed = life.bills(&self.bills).filter(|bill| bill.is_open() && bill.failed.is_some());
        let newest = failed.max_by_key(|bill| bill.recency());
        newest.is_some_and(super::life::Bill::waits_for_cardholder)
    }
}

fn paused(life: &Life, moment: i64) -> Word {
    match life.now.paused_reason.as_deref() {
        Some("pause_requested") => refused("paused_by_customer"),
        Some("first_payment_failure" | "final_payment_failure") => match life.owes_since {
            _ if !life.was_served => refused("paused_for_payment"),
            Some(since) if since + GRACE <= moment => refused("payment_grace_expired"),
            Some(_) | None => served("paused_for_payment"),
        },
        Some("trial_end_without_payment_method") => refused("paused_trial_ended"),
        None if life.trial_was_the_last() => refused("paused_trial_ended"),
        _ => refused("paused"),
    }
}

fn rank(status: &SubscriptionStatus<'_>) -> u8 {
    match status {
        SubscriptionStatus::Trialing | SubscriptionStatus::Active => 4,
        SubscriptionStatus::PastDue => 3,
        SubscriptionStatus::Other(_) => 2,
        SubscriptionStatus::Paused | SubscriptionStatus::Unpaid | SubscriptionStatus::Incomplete => 1,
        SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => 0,
    }
}
