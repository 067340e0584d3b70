//! A locale: the messages of its language, and its numbers and dates.

use std::path::PathBuf;
use std::sync::Arc;

use fluent_bundle::FluentArgs;
use icu_decimal::DecimalFormatter;
use icu_decimal::options::DecimalFormatterOptions;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use subscription::{Money, UnixSeconds};

use crate::date::{Dates, zone_abbreviation};
use crate::messages::Messages;
use crate::money::number;

/// What a letter is written by.
pub(crate) struct Locale {
    pub(crate) name: String,
    pub(crate) dates: Dates,
    numbers: DecimalFormatter,
    /// The nearest first: the region's, the language's.
    messages: Vec<Arc<Messages>>,
}

/// A day or a moment as it is written. Some languages inflect it within a sentence.
#[derive(Clone, Debug)]
pub(crate) struct When {
    pub(crate) alone: String,
    pub(crate) within: String,
}

/// Templates see it alone, as in a list; messages have it within a sentence.
impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.alone)
    }
}

/// Why a language cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LocaleError {
    /// The file's name is no language.
    #[error("{name} is not named after a language, like da.ftl")]
    Name {
        /// The file.
        name: String,
    },
    /// Its file has a mistake.
    #[error("{name}.ftl cannot be read: {problem}")]
    Syntax {
        /// Which language.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A message is missing.
    #[error("{name}.ftl has no message {id:?}")]
    Missing {
        /// Which language.
        name: String,
        /// Which message.
        id: String,
    },
    /// A message uses what its letter does not have.
    #[error("the message {id:?} in {name}.ftl cannot be used here: {problem}")]
    Broken {
        /// Which language.
        name: String,
        /// Which message.
        id: String,
        /// Why.
        problem: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl std::fmt::Debug for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Locale").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Locale {
    /// The locale with these files' messages, the nearest first.
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

    /// A message, of the nearest file that has it.
    pub(crate) fn message(&self, id: &str, args: &FluentArgs<'_>) -> Result<String, LocaleError> {
        let having = self.messages.iter().find(|messages| messages.has(id));
        let messages = having.or(self.messages.last()).ok_or_else(|| LocaleError::Missing {
            name: self.name.clone(),
            id: id.to_owned(),
        })?;
        messages.message(id, args)
    }

    /// Whether there is such a message.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.messages.iter().any(|messages| messages.has(id))
    }

    /// A day.
    pub(crate) fn day(&self, at: UnixSeconds, zone: &TimeZone) -> Result<When, LocaleError> {
        self.when(["day", "day-within"], &self.parts(at, zone))
    }

    /// A moment to the minute, with the zone's name as the language has it, or else its abbreviation.
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

    /// An amount, with its symbol where that cannot be mistaken, else with its code.
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
