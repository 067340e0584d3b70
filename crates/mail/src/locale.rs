//! A locale: the messages of a language, and its numbers and dates.

use std::sync::Arc;

use fluent_bundle::FluentArgs;
use icu_decimal::DecimalFormatter;
use icu_decimal::options::DecimalFormatterOptions;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use subscription::{Money, UnixSeconds};

use crate::LocaleError;
use crate::date::{Dates, zone_abbreviation};
use crate::messages::Messages;
use crate::money::number;

/// The language and region of a letter.
pub(crate) struct Locale {
    pub(crate) name: String,
    pub(crate) dates: Dates,
    numbers: DecimalFormatter,
    /// The files of messages, the nearest first: the region's, then the language's.
    messages: Vec<Arc<Messages>>,
}

/// A formatted day or point in time. Some languages inflect it within a sentence.
#[derive(Clone, Debug)]
pub(crate) struct When {
    pub(crate) alone: String,
    pub(crate) within: String,
}

/// Serializes the form that stands alone, for templates. Messages use the form within a sentence.
impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.alone)
    }
}

impl std::fmt::Debug for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Locale").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Locale {
    /// Makes a locale with the messages of these files, the nearest first.
    pub(crate) fn try_new(locale: &icu_locale_core::Locale, messages: Vec<Arc<Messages>>) -> Result<Self, LocaleError> {
        let unnamed = || LocaleError::Name {
            name: locale.to_string(),
        };
        let numbers = DecimalFormatter::try_new(locale.into(), DecimalFormatterOptions::default());
        Ok(Self {
            name: locale.to_string(),
            dates: Dates::of(locale).ok_or_else(unnamed)?,
            numbers: numbers.map_err(|_no_more_to_say| unnamed())?,
            messages,
        })
    }

    /// Formats a message from the nearest file that has it.
    pub(crate) fn message(&self, id: &str, args: &FluentArgs<'_>) -> Result<String, LocaleError> {
        let having = self.messages.iter().find(|messages| messages.has(id));
        let messages = having.or(self.messages.last()).ok_or_else(|| LocaleError::Missing {
            name: self.name.clone(),
            id: id.to_owned(),
        })?;
        messages.message(id, args)
    }

    /// Returns true if any file has this message.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.messages.iter().any(|messages| messages.has(id))
    }

    /// Formats a day.
    pub(crate) fn day(&self, at: UnixSeconds, zone: &TimeZone) -> Result<When, LocaleError> {
        self.when(["day", "day-within"], &self.parts(at, zone))
    }

    /// Formats a point in time to the minute, with the language's name of the zone, or else the abbreviation.
    pub(crate) fn moment(&self, at: UnixSeconds, zone: &TimeZone) -> Result<When, LocaleError> {
        let abbreviation = zone_abbreviation(at, zone);
        let id = format!("zone-{abbreviation}");
        let is_named = abbreviation.chars().all(char::is_alphabetic) && self.has(&id);
        let mut args = self.parts(at, zone);
        args.set(
            "zone",
            if is_named {
                self.message(&id, &FluentArgs::new())?
            } else {
                abbreviation
            },
        );
        self.when(["moment", "moment-within"], &args)
    }

    fn parts(&self, at: UnixSeconds, zone: &TimeZone) -> FluentArgs<'static> {
        let mut args = FluentArgs::new();
        if let Some(parts) = self.dates.parts(at, zone) {
            args.set("moment", parts.moment);
            args.set("day", parts.day);
            args.set("weekday", parts.weekday);
            args.set("date", parts.date);
            args.set("time", parts.time);
        }
        args
    }

    fn when(&self, [alone, within]: [&str; 2], args: &FluentArgs<'_>) -> Result<When, LocaleError> {
        Ok(When {
            alone: self.message(alone, args)?,
            within: self.message(within, args)?,
        })
    }

    /// Formats an amount with its symbol if that is unambiguous in this language, else with its code.
    pub(crate) fn money(&self, money: &Money) -> Result<String, LocaleError> {
        let mut args = FluentArgs::new();
        args.set("number", number(money, &self.numbers));
        args.set("code", money.currency.to_uppercase());
        let symbol = format!("symbol-{}", money.currency);
        if self.has(&symbol) {
            args.set("symbol", self.message(&symbol, &FluentArgs::new())?);
            return self.message("money-symbol", &args);
        }
        self.message("money-code", &args)
    }
}
