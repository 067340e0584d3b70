use jiff::civil::Date;
use jiff::tz::TimeZone;
/// When a card of this month is of no use any more.
pub(crate) fn expires_at(month: u8, year: u16) -> i64 {
    let first = Date::new(i16::try_from(year).unwrap(), i8::try_from(month).unwrap(), 1).unwrap();
    let next = first.last_of_month().tomorrow().unwrap();
    TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)).unwrap().as_second()
}
