//! The one place that reads the clock.
//!
//! A wall clock can be wrong, and can be set while Dunlin runs. The machine's time since its start is never set. So a
//! step of the wall clock by more than an hour is noticed, and is not followed until something confirms it. Until then
//! time goes on as before: nothing falls due, is deleted or ends because of a wrong clock, and what Stripe signs now is
//! accepted.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use persistence::UnixMicros;

/// The largest step of the wall clock that is followed at once, in microseconds. A time server may cause it, or a
/// person who corrects a clock that was a little wrong.
const FOLLOWED: i64 = 60 * 60 * 1_000_000;
/// The time after which a step is followed without a confirmation, in microseconds.
const HELD_FOR: i64 = 24 * 60 * 60 * 1_000_000;
/// The value that stands for no time.
const NEVER: i64 = i64::MIN;

static CLOCK: Clock = Clock::new();

/// Returns this moment.
pub fn now() -> UnixMicros {
    UnixMicros::new(CLOCK.time(wall(), since_start()))
}

/// Returns the time of the wall clock, if it is not followed.
pub fn doubted() -> Option<UnixMicros> {
    CLOCK.is_doubted().then(|| UnixMicros::new(wall()))
}

/// Follows the wall clock, because Stripe signed something at the time that it shows.
pub fn follow() {
    CLOCK.follow(
        wall(),
        since_start(),
        "a delivery was signed at the time that the wall clock shows",
    );
}

/// A wall clock, checked against the machine's time. All times are in microseconds: `wall` since 1970, `machine` since
/// the machine's start.
struct Clock {
    /// The offset to add to the machine's time.
    offset: AtomicI64,
    /// The machine's time since which the wall clock is not followed.
    doubted_since: AtomicI64,
}

impl Clock {
    const fn new() -> Self {
        Self {
            offset: AtomicI64::new(NEVER),
            doubted_since: AtomicI64::new(NEVER),
        }
    }

    fn time(&self, wall: i64, machine: i64) -> i64 {
        let shown = wall - machine;
        let offset = match self.offset.load(Ordering::Relaxed) {
            NEVER => shown,
            offset => offset,
        };
        if (shown - offset).abs() <= FOLLOWED {
            self.offset.store(shown, Ordering::Relaxed);
            if self.is_doubted() {
                self.doubted_since.store(NEVER, Ordering::Relaxed);
                tracing::warn!("the wall clock shows the time again");
            }
            return wall;
        }
        let doubted_since = self
            .doubted_since
            .compare_exchange(NEVER, machine, Ordering::Relaxed, Ordering::Relaxed);
        match doubted_since {
            Ok(_) => tracing::error!(
                step_secs = (shown - offset) / 1_000_000,
                "the wall clock was set to another time, and is not followed: is it right? A delivery that was signed at that time will tell, or a day"
            ),
            Err(since) if machine - since > HELD_FOR => {
                self.follow(wall, machine, "the wall clock has stood by its step for a day");
                return wall;
            }
            Err(_) => {}
        }
        machine + offset
    }

    fn is_doubted(&self) -> bool {
        self.doubted_since.load(Ordering::Relaxed) != NEVER
    }

    fn follow(&self, wall: i64, machine: i64, reason: &str) {
        self.offset.store(wall - machine, Ordering::Relaxed);
        self.doubted_since.store(NEVER, Ordering::Relaxed);
        tracing::warn!(reason, "the wall clock is followed again");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "everything else takes `now` as an argument, from here"
)]
fn wall() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

/// Returns the machine's time since its start, in microseconds. It goes on while the machine sleeps, if the system has
/// such a clock.
fn since_start() -> i64 {
    #[cfg(target_os = "linux")]
    const ID: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const ID: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(ID);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1000
}

#[cfg(test)]
mod tests {
    use super::Clock;

    const SECOND: i64 = 1_000_000;
    const HOUR: i64 = 3600 * SECOND;
    const DAY: i64 = 24 * HOUR;
    const START: i64 = 1_800_000_000 * SECOND;

    #[test]
    fn small_steps_are_followed_at_once_and_slow_drift_too() {
        let clock = Clock::new();
        let mut wall = START;
        for n in 0..100 {
            wall += 10 * SECOND;
            let drift = n * 600 * SECOND * i64::from(n % 2 == 0);
            assert_eq!(
                clock.time(wall + drift.min(50 * 60 * SECOND), n * 10 * SECOND),
                wall + drift.min(50 * 60 * SECOND)
            );
        }
    }

    #[test]
    fn a_step_of_days_is_not_followed_whichever_way_and_is_over_when_it_is_taken_back() {
        for step in [40 * DAY, DAY, -DAY, 2 * HOUR] {
            let clock = Clock::new();
            assert_eq!(clock.time(START, 0), START);
            assert_eq!(clock.time(START + SECOND + step, SECOND), START + SECOND);
            assert!(clock.is_doubted());
            assert_eq!(clock.time(START + 36 * SECOND, 36 * SECOND), START + 36 * SECOND);
            assert!(!clock.is_doubted());
        }
    }

    #[test]
    fn a_step_is_followed_once_something_speaks_for_it_or_after_a_day() {
        let clock = Clock::new();
        assert_eq!(clock.time(START, 0), START);
        assert_eq!(clock.time(START + DAY, 0), START);
        clock.follow(START + DAY, 0, "it is so");
        assert_eq!(clock.time(START + DAY + SECOND, SECOND), START + DAY + SECOND);
        assert_eq!(clock.time(START + 9 * DAY, 2 * SECOND), START + DAY + 2 * SECOND);
        assert_eq!(
            clock.time(START + 10 * DAY, DAY),
            START + 2 * DAY,
            "it has stood for less than a day"
        );
        assert_eq!(clock.time(START + 10 * DAY + HOUR, DAY + HOUR), START + 10 * DAY + HOUR);
    }
}
