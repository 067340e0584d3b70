//! Moments as a tenant reads them: in its time zone and language.

use icu_calendar::Gregorian;
use icu_datetime::fieldsets::{E, T, YM, YMD, YMDE, YMDET};
use icu_datetime::input::{Date, DateTime, Time};
use icu_datetime::{FixedCalendarDateTimeFormatter, NoCalendarFormatter};
use icu_locale_core::Locale;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use subscription::UnixSeconds;

/// Writes dates of one language and region.
pub(crate) struct Dates {
    moment: FixedCalendarDateTimeFormatter<Gregorian, YMDET>,
    day: FixedCalendarDateTimeFormatter<Gregorian, YMDE>,
    weekday: FixedCalendarDateTimeFormatter<Gregorian, E>,
    date: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    month: FixedCalendarDateTimeFormatter<Gregorian, YM>,
    time: NoCalendarFormatter<T>,
}

/// A moment, whole and in parts: for languages that put more between them than a comma.
pub(crate) struct Parts {
    /// `Friday, November 27, 2026 at 10:30 AM`
    pub(crate) moment: String,
    /// `Friday, November 27, 2026`
    pub(crate) day: String,
    /// `Friday`
    pub(crate) weekday: String,
    /// `November 27, 2026`
    pub(crate) date: String,
    /// `10:30 AM`
    pub(crate) time: String,
}

impl Dates {
    /// Dates of this language and region; `None` if there is no data for it.
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

    /// This moment in this zone; `None` beyond the years that there are dates for.
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

    /// `November 2026`
    pub(crate) fn month(&self, year: u16, month: u8) -> String {
        let date = Date::try_new_gregorian(i32::from(year), month, 1).ok();
        date.map(|date| self.month.format(&date).to_string()).unwrap_or_default()
    }
}

/// The zone of this name; one that does not exist is UTC.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// `CET`, as it is in this zone then; `UTC+04` where people have no name for it.
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
