//! The languages that have messages, and the choice of a tenant's language among them.

use std::collections::BTreeMap;
use std::sync::Arc;

use icu_locale_fallback::LocaleFallbacker;

use crate::LocaleError;
use crate::locale::Locale;
use crate::messages::Messages;

/// The language for tenants whose own language has no messages.
const FALLBACK: &str = "en";

/// The files of messages, by their names: a language, or a language and a region.
#[derive(Debug, Default)]
pub(crate) struct Languages(BTreeMap<String, Arc<Messages>>);

impl Languages {
    /// Adds a file of messages. Messages of an existing file of this name are replaced one by one.
    pub(crate) fn add(&mut self, name: &str, source: &str) -> Result<(), LocaleError> {
        let name = parse(name)
            .ok_or_else(|| LocaleError::Name { name: name.to_owned() })?
            .to_string();
        let messages = match self.0.remove(&name).and_then(Arc::into_inner) {
            Some(mut messages) => {
                messages.add(source)?;
                messages
            }
            None => Messages::try_new(&name, source)?,
        };
        self.0.insert(name, Arc::new(messages));
        Ok(())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns the name of the file whose messages come first for this locale.
    pub(crate) fn nearest(&self, asked: &str) -> &str {
        let files = parse(asked).map(|locale| self.files_of(&locale)).unwrap_or_default();
        files.first().map_or(FALLBACK, |file| &file.name)
    }

    /// Returns the locale asked for, with the messages of its region's file, then of its language's, and with its own
    /// dates and numbers. Returns English if there is no such file.
    pub(crate) fn locale(&self, asked: &str) -> Result<Locale, LocaleError> {
        let (locale, files) = self.choose(asked)?;
        Locale::try_new(&locale, files.into_iter().cloned().collect())
    }

    fn choose(&self, asked: &str) -> Result<(icu_locale_core::Locale, Vec<&Arc<Messages>>), LocaleError> {
        [asked, FALLBACK]
            .into_iter()
            .filter_map(parse)
            .map(|locale| {
                let files = self.files_of(&locale);
                (locale, files)
            })
            .find(|(_, files)| !files.is_empty())
            .ok_or_else(|| LocaleError::Name {
                name: FALLBACK.to_owned(),
            })
    }

    /// Returns the files of a locale and of those it inherits from by CLDR (UTS 35, Locale Inheritance), the nearest
    /// first.
    fn files_of(&self, locale: &icu_locale_core::Locale) -> Vec<&Arc<Messages>> {
        let mut parents = LocaleFallbacker::new()
            .for_config(icu_locale_fallback::LocaleFallbackConfig::default())
            .fallback_for(locale.into());
        let mut names = vec![locale.to_string()];
        while !parents.get().is_unknown() {
            names.push(parents.get().to_string());
            parents.step();
        }
        names.dedup();
        names.iter().filter_map(|name| self.0.get(name)).collect()
    }
}

/// Parses a BCP 47 tag, and drops its extensions.
fn parse(tag: &str) -> Option<icu_locale_core::Locale> {
    let locale: icu_locale_core::Locale = tag.replace('_', "-").parse().ok()?;
    Some(locale.id.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_is_chosen_and_else_english() {
        let mut languages = Languages::default();
        for name in ["da", "en", "en-GB", "pt-BR", "zh-Hant"] {
            languages.add(name, "language = here").unwrap();
        }
        for (asked, nearest) in [
            ("da", "da"),
            ("da-DK", "da"),
            ("DA_dk", "da"),
            ("en-GB", "en-GB"),
            ("en-gb-u-hc-h12", "en-GB"),
            ("en-US", "en"),
            ("en-AU", "en"),
            ("pt-BR", "pt-BR"),
            ("pt", "en"),
            ("zh-TW", "zh-Hant"),
            ("zh-CN", "en"),
            ("sv-SE", "en"),
            ("not a tag", "en"),
            ("", "en"),
        ] {
            assert_eq!(languages.nearest(asked), nearest, "{asked}");
        }
    }

    #[test]
    fn a_region_s_file_needs_only_what_it_says_otherwise() {
        let mut languages = Languages::default();
        languages.add("en-GB", "colour = colour").unwrap();
        languages.add("en", "colour = color\ncheck = check").unwrap();
        languages.add("en-gb", "check = cheque").unwrap();
        let said = |asked: &str, id: &str| {
            let locale = languages.locale(asked).unwrap();
            locale.message(id, &fluent_bundle::FluentArgs::new())
        };
        assert_eq!(said("en-GB", "colour").unwrap(), "colour");
        assert_eq!(said("en-GB", "check").unwrap(), "cheque");
        assert_eq!(said("en-AU", "colour").unwrap(), "color");
        let missing = said("en-GB", "lift").unwrap_err();
        assert_eq!(missing.to_string(), "en.ftl has no message \"lift\"");
    }
}
