//! The habits of those who hold leases: a name of their own, and a wait after a failed attempt.

use rand::RngExt;
use rand::distr::{Alphanumeric, SampleString};

/// The number of letters and digits in a name.
const NAME_LEN: usize = 12;

/// Returns a name that no other process has, nor this one after a restart, so that no process mistakes another's lease
/// for its own.
pub fn worker_name() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), NAME_LEN)
}

/// Exponential back-off with jitter: each wait is twice the last, up to a limit, less a random part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure, in seconds.
    pub first_secs: u32,
    /// The longest wait, in seconds.
    pub max_secs: u32,
}

impl Backoff {
    /// Returns the seconds to wait after this attempt, counted from 1. The jitter leaves between three quarters of the
    /// full wait and all of it, so that attempts that failed together do not return together.
    pub fn wait_secs(self, attempt: i64) -> i64 {
        let full = self.full_secs(attempt);
        full - rand::rng().random_range(0..=full / 4)
    }

    fn full_secs(self, attempt: i64) -> i64 {
        let doublings = u32::try_from((attempt - 1).clamp(0, 30)).unwrap_or_default();
        let full = i64::from(self.first_secs) << doublings;
        full.min(i64::from(self.max_secs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit() {
        let backoff = Backoff {
            first_secs: 60,
            max_secs: 3600,
        };
        let waits: Vec<i64> = [1, 2, 3, 6, 7, 8, 1_000_000].map(|attempt| backoff.full_secs(attempt)).into();
        assert_eq!(waits, [60, 120, 240, 1920, 3600, 3600, 3600]);
        for attempt in 1..50 {
            let (wait, full) = (backoff.wait_secs(attempt), backoff.full_secs(attempt));
            assert!(wait >= full * 3 / 4 && wait <= full, "{wait} of {full}");
        }
    }
}
