//! Moments.

use jiff::Timestamp;

/// Formats a moment, in Unix microseconds, as RFC 3339 in UTC, to the microsecond. A moment out of range becomes the
/// beginning of 1970.
pub fn moment(micros: i64) -> String {
    Timestamp::from_microsecond(micros).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_as_many_digits_as_it_needs() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
        assert_eq!(moment(1_500_000), "1970-01-01T00:00:01.5Z");
        assert_eq!(moment(i64::MAX), "1970-01-01T00:00:00Z");
    }
}
