//! The clock here, compared with Stripe's. Signatures are refused if the two differ by more than the tolerance.

use std::time::Duration;

use crate::finding::{Finding, Severity};

pub(crate) const ID: &str = "clock_skew";

/// The skew, in seconds, from which on it is worth correcting.
const NOTICEABLE_SECS: f64 = 5.0;

/// An answer of Stripe's, and its arrival by the clock here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    /// Stripe's `Date`, in Unix seconds, cut to the second.
    pub(crate) date: i64,
    /// The time from the question to the answer.
    pub(crate) round_trip: Duration,
    /// The arrival of the answer, in Unix microseconds of the clock here.
    pub(crate) ours_micros: i64,
}

impl Clocks {
    /// Returns the fewest seconds by which the clock here is off, positive if it is ahead of Stripe's. Stripe made the
    /// answer between the question and its arrival, and its second had begun up to a second before. Within that span no
    /// skew can be seen.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a difference of clocks; microseconds of centuries fit an f64"
    )]
    fn skew_secs(self) -> f64 {
        let latest = (self.ours_micros.saturating_sub(self.date.saturating_mul(1_000_000))) as f64 / 1e6;
        let earliest = latest - self.round_trip.as_secs_f64() - 1.0;
        if earliest > 0.0 {
            earliest
        } else if latest < 0.0 {
            latest
        } else {
            0.0
        }
    }
}

pub(crate) fn check(clocks: Clocks, tolerance_secs: u64) -> Finding {
    #[expect(clippy::cast_precision_loss, reason = "a tolerance is some minutes")]
    let half_tolerance_secs = tolerance_secs as f64 / 2.0;
    let skew_secs = clocks.skew_secs();
    let severity = if skew_secs.abs() >= half_tolerance_secs {
        Severity::Error
    } else if skew_secs.abs() >= NOTICEABLE_SECS {
        Severity::Warning
    } else {
        return Finding::ok(ID, "the clock here agrees with Stripe's");
    };
    let way = if skew_secs > 0.0 { "ahead of" } else { "behind" };
    let says = format!(
        "the clock here is at least {:.0} s {way} Stripe's; deliveries are refused from {tolerance_secs} s on",
        skew_secs.abs()
    );
    Finding::of(
        severity,
        ID,
        says,
        "have the machine's clock set by NTP (chrony or systemd-timesyncd)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity_of(ahead_micros: i64, round_trip_millis: u64) -> Severity {
        let clocks = Clocks {
            date: 1_000_000,
            round_trip: Duration::from_millis(round_trip_millis),
            ours_micros: 1_000_000_000_000 + ahead_micros,
        };
        check(clocks, 300).severity
    }

    #[test]
    fn a_clock_that_is_off_by_five_seconds_is_a_warning_and_by_half_the_tolerance_an_error() {
        for (ahead_secs, expected) in [
            (0, Severity::Ok),
            (-4, Severity::Ok),
            (-5, Severity::Warning),
            (-149, Severity::Warning),
            (-150, Severity::Error),
            (6, Severity::Warning),
            (150, Severity::Warning),
            (151, Severity::Error),
        ] {
            assert_eq!(severity_of(ahead_secs * 1_000_000, 0), expected, "{ahead_secs} s");
        }
    }

    #[test]
    fn a_slow_answer_is_no_skew() {
        assert_eq!(severity_of(9_000_000, 8_000), Severity::Ok);
        assert_eq!(severity_of(15_000_000, 8_000), Severity::Warning);
    }
}
