//! The languages: their messages, numbers and dates.

use std::path::PathBuf;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use icu_decimal::DecimalFormatter;
use jiff::tz::TimeZone;
use subscription::{Money, UnixSeconds};
use unic_langid::LanguageIdentifier;

use crate::date::{Dates, zone_abbreviation};
use crate::money::number;

/// One language.
pub(crate) struct Locale {
    pub(crate) name: String,
    pub(crate) dates: Dates,
    numbers: DecimalFormatter,
    messages: FluentBundle<FluentResource>,
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
    /// The language of this name with the messages of this file.
    pub(crate) fn try_new(name: &str, source: &str) -> Result<Self, LocaleError> {
        let unnamed = || LocaleError::Name { name: name.to_owned() };
        let language: LanguageIdentifier = name.parse().map_err(|_no_more_to_say| unnamed())?;
        let locale: icu_locale_core::Locale = name.parse().map_err(|_no_more_to_say| unnamed())?;
        let mut messages = FluentBundle::new_concurrent(vec![language]);
        // The marks around arguments are for screens that mix directions of writing; mails would show them.
        messages.set_use_isolating(false);
        let mut made = Self {
            name: name.to_owned(),
            dates: Dates::of(&locale).ok_or_else(unnamed)?,
            numbers: DecimalFormatter::try_new(locale.into(), icu_decimal::options::DecimalFormatterOptions::default())
                .map_err(|_no_more_to_say| unnamed())?,
            messages,
        };
        made.add(source)?;
        Ok(made)
    }

    /// Adds messages, replacing those that are there.
    pub(crate) fn add(&mut self, source: &str) -> Result<(), LocaleError> {
        let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| LocaleError::Syntax {
            name: self.name.clone(),
            problem: errors.first().map(ToString::to_string).unwrap_or_default(),
        })?;
        self.messages.add_resource_overriding(resource);
        Ok(())
    }

    /// A message.
    pub(crate) fn message(&self, id: &str, args: &FluentArgs<'_>) -> Result<String, LocaleError> {
        let name = || self.name.clone();
        let pattern = self.messages.get_message(id).and_then(|message| message.value());
        let pattern = pattern.ok_or_else(|| LocaleError::Missing {
            name: name(),
            id: id.to_owned(),
        })?;
        let mut errors = Vec::new();
        let text = self.messages.format_pattern(pattern, Some(args), &mut errors).into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => Err(LocaleError::Broken {
                name: name(),
                id: id.to_owned(),
                problem: error.to_string(),
            }),
        }
    }

    /// Whether there is such a message.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.messages.has_message(id)
    }

    /// A moment to the minute, with the zone's name as the language has it, or else its abbreviation.
    pub(crate) fn moment(&self, at: UnixSeconds, zone: &TimeZone) -> Result<String, LocaleError> {
        let abbreviation = zone_abbreviation(at, zone);
        let id = format!("zone-{abbreviation}");
        let is_named = abbreviation.chars().all(char::is_alphabetic) && self.has(&id);
        let mut args = FluentArgs::new();
        args.set("moment", self.dates.moment(at, zone));
        args.set(
            "zone",
            if is_named {
                self.message(&id, &FluentArgs::new())?
            } else {
                abbreviation
            },
        );
        self.message("moment", &args)
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
