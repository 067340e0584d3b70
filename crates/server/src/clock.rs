//! The one place that reads the clock.
//!
//! A clock can be wrong, and be set while we run. The time of the machine since it was started never is: so a step of the wall clock
//! by more than an hour is seen, and not followed before something speaks for it. Until then time goes on as it did before: nothing
//! falls due, is deleted or ends by a mistake of the clock's, and what Stripe signs now is accepted.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use persistence::UnixMicros;

/// So far the wall clock may be set at once: by a time server, or by whoever corrects a clock that was a little wrong.
const FOLLOWED: i64 = 60 * 60 * 1_000_000;
/// A step that has stood for so long is followed without a word for it.
const HELD_FOR: i64 = 24 * 60 * 60 * 1_000_000;
/// No time is this one.
const NEVER: i64 = i64::MIN;

static CLOCK: Clock = Clock::new();

/// This moment.
pub fn now() -> UnixMicros {
    UnixMicros::new(CLOCK.time(wall(), since_start()))
}

/// What the wall clock says, where that is not followed.
pub fn doubted() -> Option<UnixMicros> {
    CLOCK.is_doubted().then(|| UnixMicros::new(wall()))
}

/// The wall clock is right: something was signed by Stripe at the time that it shows.
pub fn follow() {
    CLOCK.follow(
        wall(),
        since_start(),
        "a delivery was signed at the time that the wall clock shows",
    );
}

/// All times in microseconds: `wall` since 1970, `machine` since the machine was started.
struct Clock {
    /// What is added to the machine's time.
    offset: AtomicI64,
    /// Since when the wall clock has not been followed, in the machine's time.
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

/// Goes on while the machine sleeps, where the system knows such a time.
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
