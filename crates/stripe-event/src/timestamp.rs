//! Points in time on the wire: whole Unix seconds, or RFC 3339 text in thin events.

use serde::de::{Deserialize, Deserializer, Error};

use crate::error::{Flaw, Problem};
use crate::field::Field;

/// 9999-12-31T23:59:59Z, the last second that common date types can hold.
const LAST_SECOND: i64 = 253_402_300_799;

/// Unix seconds within 1970..=9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(pub(crate) i64);

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = i64::deserialize(deserializer)?;
        in_range(seconds).map(Self).map_err(D::Error::custom)
    }
}

impl Field<Timestamp> {
    /// Returns Unix seconds; `None` if absent or null.
    pub(crate) fn seconds(self, field: &'static str) -> Result<Option<i64>, Flaw> {
        Ok(self.optional(field)?.map(|Timestamp(seconds)| seconds))
    }
}

/// Returns `seconds` if they are within 1970..=9999.
pub(crate) fn in_range(seconds: i64) -> Result<i64, Problem> {
    if (0..=LAST_SECOND).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Problem::OutOfRange)
    }
}

/// Parses an RFC 3339 date and time such as `2026-03-25T10:11:12.345Z` into Unix seconds. A fraction is cut off.
pub(crate) fn from_rfc3339(text: &str) -> Result<i64, Problem> {
    let seconds = split_rfc3339(text).ok_or(Problem::Malformed)?;
    in_range(seconds)
}

fn split_rfc3339(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let (clock, offset_secs) = split_offset(time)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }

    let mut date = date.splitn(3, '-');
    let year = digits(date.next()?, 4, 1970..=9999)?;
    let month = digits(date.next()?, 2, 1..=12)?;
    let day = digits(date.next()?, 2, 1..=days_in_month(year, month))?;

    let mut clock = clock.splitn(3, ':');
    let hour = digits(clock.next()?, 2, 0..=23)?;
    let minute = digits(clock.next()?, 2, 0..=59)?;
    let second = digits(clock.next()?, 2, 0..=60)?;

    let time_of_day = hour * 3_600 + minute * 60 + second;
    Some(days_since_1970(year, month, day) * 86_400 + time_of_day - offset_secs)
}

/// Splits a time into the time of day and the number of seconds by which its zone is ahead of UTC.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let at = time.find(['+', '-'])?;
    let (clock, offset) = time.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let hours = digits(hours, 2, 0..=23)?;
    let minutes = digits(minutes, 2, 0..=59)?;
    Some((clock, sign * (hours * 3_600 + minutes * 60)))
}

fn digits(text: &str, len: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    if text.len() != len || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| range.contains(number))
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days since 1970-01-01 in the Gregorian calendar, for years from 1970 on.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let past = year - 1;
    let days_before_year = past * 365 + past / 4 - past / 100 + past / 400 - 719_162;
    let days_before_month: i64 = (1..month).map(|month| days_in_month(year, month)).sum();
    days_before_year + days_before_month + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_times_become_unix_seconds() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:30:15Z", 951_827_415),
            ("2026-03-25T10:11:12.345Z", 1_774_433_472),
            ("2026-03-25T12:11:12+02:00", 1_774_433_472),
            ("2026-03-25T04:41:12-05:30", 1_774_433_472),
            ("9999-12-31T23:59:59Z", LAST_SECOND),
        ] {
            assert_eq!(from_rfc3339(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_not_quite_rfc3339_is_refused() {
        for text in [
            "",
            "2026-03-25",
            "2026-03-25 10:11:12Z",
            "2026-03-25T10:11:12",
            "2026-3-25T10:11:12Z",
            "2026-02-29T10:11:12Z",
            "2026-13-01T10:11:12Z",
            "2026-03-25T24:00:00Z",
            "2026-03-25T10:11:12.Z",
            "2026-03-25T10:11:12.3x5Z",
            "2026-03-25T10:11:+2Z",
            "2026-03-25T10:11:12+0200",
            "2026-03-25-01T10:11:12Z",
            "2026-03-25T10:11:12é+02:00",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(from_rfc3339(text), Err(Problem::Malformed), "{text}");
        }
        assert_eq!(from_rfc3339("1970-01-01T00:00:00+00:01"), Err(Problem::OutOfRange));
    }
}
