//! The `DUNLIN_…` variables, read one by one.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::environment::Environment;
use crate::error::ConfigError;

/// What [`Variables::at_least_one`] wants.
pub(crate) const AT_LEAST_ONE: &str = "a number, at least 1";
/// What it wants of a number of seconds.
pub(crate) const SECONDS_AT_LEAST_ONE: &str = "a number of seconds, at least 1";

/// The variables of the environment.
pub(crate) struct Variables<'a> {
    pub(crate) environment: &'a Environment,
}

impl Variables<'_> {
    /// Returns the value of a variable. A blank variable counts as unset.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn parsed<T: std::str::FromStr>(&self, name: &str, wanted: &'static str) -> Result<Option<T>, ConfigError> {
        let parse = |text: &str| {
            text.parse().or(Err(ConfigError::Variable {
                name: name.to_owned(),
                wanted,
            }))
        };
        self.text(name).map(parse).transpose()
    }

    /// Returns a number that must not be 0.
    pub(crate) fn at_least_one(
        &self,
        name: &str,
        wanted: &'static str,
        from_file: Option<u32>,
        default: u32,
    ) -> Result<u32, ConfigError> {
        match self.parsed(name, wanted)?.or(from_file).unwrap_or(default) {
            0 => Err(ConfigError::Variable {
                name: name.to_owned(),
                wanted,
            }),
            number => Ok(number),
        }
    }

    /// Returns a secret: the value itself, or the contents of the file that `…_FILE` names.
    pub(crate) fn secret(&self, name: &str) -> Result<Option<SecretString>, ConfigError> {
        if let Some(text) = self.text(name) {
            return Ok(Some(text.into()));
        }
        let name = format!("{name}_FILE");
        self.text(&name).map(|path| secret_of(&name, Path::new(path))).transpose()
    }

    /// Names the source of a secret's value: the variable, or `…_FILE` and the file that it names.
    pub(crate) fn source_of(&self, name: &str) -> String {
        let of_file = format!("{name}_FILE");
        match (self.text(name), self.text(&of_file)) {
            (None, Some(path)) => format!("{of_file} ({path})"),
            _ => name.to_owned(),
        }
    }

    /// Returns comma-separated secrets, or those of the file if the variable is unset.
    pub(crate) fn secrets(&self, name: &str, from_file: Vec<SecretString>) -> Result<Vec<SecretString>, ConfigError> {
        let secrets = match self.secret(name)? {
            Some(text) => text.expose_secret().split(',').map(|part| part.trim().into()).collect(),
            None => from_file,
        };
        if secrets
            .iter()
            .any(|secret: &SecretString| secret.expose_secret().trim().is_empty())
        {
            let name = self.source_of(name);
            let wanted = "one or several secrets, comma-separated, none of them blank";
            return Err(ConfigError::Variable { name, wanted });
        }
        Ok(secrets)
    }

    /// Returns comma-separated texts, or those of the file if the variable is unset.
    pub(crate) fn list(&self, name: &str, from_file: Vec<String>) -> Vec<String> {
        match self.text(name) {
            Some(text) => text
                .split(',')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect(),
            None => from_file,
        }
    }
}

/// Reads the secret in a file that `…_FILE` names, without surrounding white space.
fn secret_of(name: &str, path: &Path) -> Result<SecretString, ConfigError> {
    let (name, path) = (name.to_owned(), path.to_owned());
    match std::fs::read_to_string(&path) {
        Ok(text) if text.trim().is_empty() => Err(ConfigError::EmptyFile { name, path }),
        Ok(text) => Ok(text.trim().into()),
        Err(source) => Err(ConfigError::SecretFile { name, path, source }),
    }
}
