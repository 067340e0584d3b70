//! Moments as a tenant reads them: in its time zone and language.

use icu_calendar::Gregorian;
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::{YM, YMDE, YMDET};
use icu_datetime::input::{Date, DateTime, Time};
use icu_locale_core::Locale;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use subscription::UnixSeconds;

/// Writes dates of one language.
pub(crate) struct Dates {
    day: FixedCalendarDateTimeFormatter<Gregorian, YMDE>,
    moment: FixedCalendarDateTimeFormatter<Gregorian, YMDET>,
    month: FixedCalendarDateTimeFormatter<Gregorian, YM>,
}

impl Dates {
    /// Dates of this language; `None` if there is no data for it.
    pub(crate) fn of(locale: &Locale) -> Option<Self> {
        Some(Self {
            day: FixedCalendarDateTimeFormatter::try_new(locale.into(), YMDE::long()).ok()?,
            moment: FixedCalendarDateTimeFormatter::try_new(locale.into(), YMDE::long().with_time_hm()).ok()?,
            month: FixedCalendarDateTimeFormatter::try_new(locale.into(), YM::long()).ok()?,
        })
    }

    /// `Friday, November 27, 2026`
    pub(crate) fn day(&self, at: UnixSeconds, zone: &TimeZone) -> String {
        let zoned = zoned(at, zone);
        date(&zoned)
            .map(|date| self.day.format(&date).to_string())
            .unwrap_or_default()
    }

    /// The same with the time.
    pub(crate) fn moment(&self, at: UnixSeconds, zone: &TimeZone) -> String {
        let zoned = zoned(at, zone);
        let parts = [zoned.hour(), zoned.minute()].map(|part| u8::try_from(part).unwrap_or_default());
        let time = Time::try_new(parts[0], parts[1], 0, 0).ok();
        let moment = date(&zoned).zip(time).map(|(date, time)| DateTime { date, time });
        moment
            .map(|moment| self.moment.format(&moment).to_string())
            .unwrap_or_default()
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

/// `CET`, as it is in this zone then.
pub(crate) fn zone_abbreviation(at: UnixSeconds, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Z").to_string()
}

fn zoned(at: UnixSeconds, zone: &TimeZone) -> ZonedDateTime {
    Timestamp::from_second(at.as_secs())
        .unwrap_or_default()
        .to_zoned_datetime(zone.clone())
}

fn date(zoned: &ZonedDateTime) -> Option<Date<Gregorian>> {
    let parts = [zoned.month(), zoned.day()].map(|part| u8::try_from(part).unwrap_or_default());
    Date::try_new_gregorian(i32::from(zoned.year()), parts[0], parts[1]).ok()
}
