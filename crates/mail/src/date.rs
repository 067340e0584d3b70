//! Dates and times in a tenant's time zone and language.

use icu_calendar::Gregorian;
use icu_datetime::fieldsets::{E, T, YM, YMD, YMDE, YMDET};
use icu_datetime::input::{Date, DateTime, Time};
use icu_datetime::{FixedCalendarDateTimeFormatter, NoCalendarFormatter};
use icu_locale_core::Locale;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use subscription::UnixSeconds;

/// A formatter of dates for one language and region.
pub(crate) struct Dates {
    moment: FixedCalendarDateTimeFormatter<Gregorian, YMDET>,
    day: FixedCalendarDateTimeFormatter<Gregorian, YMDE>,
    weekday: FixedCalendarDateTimeFormatter<Gregorian, E>,
    date: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    month: FixedCalendarDateTimeFormatter<Gregorian, YM>,
    time: NoCalendarFormatter<T>,
}

/// A point in time, whole and in parts, for languages that join the parts by more than a comma.
pub(crate) struct Parts {
    /// Such as `Friday, November 27, 2026 at 10:30 AM`.
    pub(crate) moment: String,
    /// Such as `Friday, November 27, 2026`.
    pub(crate) day: String,
    /// Such as `Friday`.
    pub(crate) weekday: String,
    /// Such as `November 27, 2026`.
    pub(crate) date: String,
    /// Such as `10:30 AM`.
    pub(crate) time: String,
}

impl Dates {
    /// Makes the formatter of this language and region, or `None` if there is no data for it.
    pub(crate) fn of(locale: &Locale) -> Option<Self> {
        Some(Self {
            moment: FixedCalendarDateTimeFormatter::try_new(locale.into(), YMDE::long().with_time_hm()).ok()?,
            day: FixedCalendarDateTimeFormatter::try_new(locale.into(), YMDE::long()).ok()?,
            weekday: FixedCalendarDateTimeFormatter::try_new(locale.into(), E::long()).ok()?,
            date: FixedCalendarDateTimeFormatter::try_new(locale.into(), YMD::long()).ok()?,
            month: FixedCalendarDateTimeFormatter::try_new(locale.into(), YM::long()).ok()?,
            time: NoCalendarFormatter::try_new(locale.into(), T::hm()).ok()?,
        })
    }

    /// Formats a point in time in this zone. Returns `None` beyond the years that the calendar supports.
    pub(crate) fn parts(&self, at: UnixSeconds, zone: &TimeZone) -> Option<Parts> {
        let zoned = zoned(at, zone);
        let [month, day, hour, minute] = [zoned.month(), zoned.day(), zoned.hour(), zoned.minute()].map(u8::try_from);
        let date = Date::try_new_gregorian(i32::from(zoned.year()), month.ok()?, day.ok()?).ok()?;
        let time = Time::try_new(hour.ok()?, minute.ok()?, 0, 0).ok()?;
        Some(Parts {
            moment: self.moment.format(&DateTime { date, time }).to_string(),
            day: self.day.format(&date).to_string(),
            weekday: self.weekday.format(&date).to_string(),
            date: self.date.format(&date).to_string(),
            time: self.time.format(&time).to_string(),
        })
    }

    /// Formats a month, such as `November 2026`.
    pub(crate) fn month(&self, year: u16, month: u8) -> String {
        let date = Date::try_new_gregorian(i32::from(year), month, 1).ok();
        date.map(|date| self.month.format(&date).to_string()).unwrap_or_default()
    }
}

/// Returns the time zone of this name, or UTC if there is none.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// Returns the zone's abbreviation at that time, such as `CET`, or an offset such as `UTC+04` if it has none.
pub(crate) fn zone_abbreviation(at: UnixSeconds, zone: &TimeZone) -> String {
    let abbreviation = zoned(at, zone).strftime("%Z").to_string();
    if abbreviation.starts_with(['+', '-']) {
        return format!("UTC{abbreviation}");
    }
    abbreviation
}

fn zoned(at: UnixSeconds, zone: &TimeZone) -> ZonedDateTime {
    Timestamp::from_second(at.as_secs())
        .unwrap_or_default()
        .to_zoned_datetime(zone.clone())
}
