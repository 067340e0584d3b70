//! Reads: the subscriptions that Stripe is to be asked about, because facts of them are in doubt or missing, or because
//! an operator asks.

use std::fmt;

use subscription::DAY_SECS;
use subscription::state::SubscriptionState;

use crate::UnixMicros;

/// The reason to read a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadReason {
    /// Facts before the newest are missing.
    Gap,
    /// The subscription has more items than an event shows.
    Items,
    /// The facts do not tell the subscription's state.
    Doubt,
    /// The subscription's customer was deleted.
    CustomerDeleted,
    /// An operator asked.
    Operator,
}

impl ReadReason {
    /// All reasons.
    pub const ALL: [Self; 5] = [Self::Gap, Self::Items, Self::Doubt, Self::CustomerDeleted, Self::Operator];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Items => "items",
            Self::Doubt => "doubt",
            Self::CustomerDeleted => "customer_deleted",
            Self::Operator => "operator",
        }
    }

    /// Returns the reason to ask Stripe about a subscription in this state, if there is one.
    pub fn of(state: &SubscriptionState) -> Option<Self> {
        match (&state.doubt, state.gap) {
            (Some(_), _) => Some(Self::Doubt),
            (None, _) if state.details.has_more_items && !state.status.is_terminal() => Some(Self::Items),
            (None, true) => Some(Self::Gap),
            (None, false) => None,
        }
    }

    /// Returns the time from which on Stripe is to be asked. Missing facts may still be on their way. A doubt does not
    /// go away, but a read in the same second would settle nothing.
    pub fn due_at(self, now: UnixMicros) -> UnixMicros {
        now.plus_secs(match self {
            Self::Gap | Self::CustomerDeleted => 60,
            Self::Doubt | Self::Items => 2,
            Self::Operator => 0,
        })
    }
}

impl fmt::Display for ReadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The outcome of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadSettlement {
    /// The subscription was read, and the answer is learned.
    Done,
    /// A retry is due at this time, for this reason. After [`NextRead::MAX_ATTEMPTS`] attempts it becomes an alarm
    /// instead.
    RetryAt(UnixMicros, String),
    /// A person must look into it, for this reason. It is retried daily.
    Alarm(String),
}

/// The next attempt of a read that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextRead {
    /// True if it waits for a person, and is retried once a day.
    pub is_alarm: bool,
    /// The time of the attempt.
    pub due_at: UnixMicros,
    /// The cause of the failure.
    pub failure: String,
}

/// The pause before an alarm is retried, in seconds.
const ALARM_PAUSE_SECS: i64 = DAY_SECS;

impl NextRead {
    /// The number of attempts after which a read is an alarm.
    pub const MAX_ATTEMPTS: u32 = 5;

    /// Returns what follows this attempt, counted from 1, or `None` if nothing does.
    pub fn after(attempt: u32, settlement: ReadSettlement, now: UnixMicros) -> Option<Self> {
        let (is_alarm, due_at, failure) = match settlement {
            ReadSettlement::Done => return None,
            ReadSettlement::RetryAt(due_at, failure) if attempt < Self::MAX_ATTEMPTS => (false, due_at, failure),
            ReadSettlement::RetryAt(_, failure) | ReadSettlement::Alarm(failure) => {
                (true, now.plus_secs(ALARM_PAUSE_SECS), failure)
            }
        };
        Some(Self {
            is_alarm,
            due_at,
            failure,
        })
    }
}
