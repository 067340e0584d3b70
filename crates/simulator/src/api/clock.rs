//! Stripe's clock: the seconds of the `Date` header, and the point up to which events have happened.

use std::time::{SystemTime, UNIX_EPOCH};

/// A place in the order of events: a second, and a number within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) second: i64,
    pub(super) nth: u64,
}

impl Place {
    /// Returns the place after every event of this second.
    pub(super) fn end_of(second: i64) -> Self {
        Self { second, nth: u64::MAX }
    }

    /// Returns the place before every event of this second.
    pub(super) fn start_of(second: i64) -> Self {
        Self { second, nth: 0 }
    }

    pub(super) fn earlier_by(self, secs: i64) -> Self {
        if secs == 0 {
            return self;
        }
        Self::end_of(self.second.saturating_sub(secs))
    }
}

/// Stripe's clock.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    /// The machine's clock, ahead by this many seconds.
    Machine { ahead_secs: i64 },
    /// A clock that stands here until it is set.
    Stopped(Place),
}

impl Clock {
    pub(super) fn now(self) -> Place {
        match self {
            Self::Machine { ahead_secs } => Place::end_of(machine_now().saturating_add(ahead_secs)),
            Self::Stopped(place) => place,
        }
    }

    /// Advances a stopped clock. The machine's advances by itself.
    pub(super) fn go_on(&mut self, secs: i64) {
        if let (Self::Stopped(place), 1..) = (&mut *self, secs) {
            *place = Place::end_of(place.second.saturating_add(secs));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "unless it is set, Stripe's clock is a right one, and the machine's is the only one there is"
)]
fn machine_now() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}
