//! The messages of one file, such as `da.ftl`.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::LocaleError;

/// The messages of a language, or those that a region replaces.
pub(crate) struct Messages {
    pub(crate) name: String,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Messages {
    /// Parses the file of this name.
    pub(crate) fn try_new(name: &str, source: &str) -> Result<Self, LocaleError> {
        let language: LanguageIdentifier = name
            .parse()
            .map_err(|_no_more_to_say| LocaleError::Name { name: name.to_owned() })?;
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Isolation marks around arguments are for screens that mix writing directions. Mails would show them.
        bundle.set_use_isolating(false);
        let mut made = Self {
            name: name.to_owned(),
            bundle,
        };
        made.add(source)?;
        Ok(made)
    }

    /// Adds messages, and replaces existing ones.
    pub(crate) fn add(&mut self, source: &str) -> Result<(), LocaleError> {
        let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| LocaleError::Syntax {
            name: self.name.clone(),
            problem: errors.first().map(ToString::to_string).unwrap_or_default(),
        })?;
        self.bundle.add_resource_overriding(resource);
        Ok(())
    }

    /// Returns true if there is such a message.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.bundle.get_message(id).is_some_and(|message| message.value().is_some())
    }

    /// Formats a message.
    pub(crate) fn message(&self, id: &str, args: &FluentArgs<'_>) -> Result<String, LocaleError> {
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let pattern = pattern.ok_or_else(|| LocaleError::Missing {
            name: self.name.clone(),
            id: id.to_owned(),
        })?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => Err(LocaleError::Broken {
                name: self.name.clone(),
                id: id.to_owned(),
                problem: error.to_string(),
            }),
        }
    }
}
