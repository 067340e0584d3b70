//! The reasons why a configuration cannot be used.

use std::path::PathBuf;

use crate::mistake::Mistake;

/// The reason why the configuration cannot be used. Its text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file has the wrong form. The source names the line.
    #[error("{} is not a configuration", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The mistake, and its place.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A variable's value cannot be used.
    #[error("{name} must be {wanted}")]
    Variable {
        /// The variable.
        name: String,
        /// The form that the value must have.
        wanted: &'static str,
    },
    /// A required secret is missing or blank.
    #[error("{0}")]
    Missing(&'static str),
    /// The file that a `…_FILE` variable names could not be used.
    #[error("{name} names {}, which cannot be read", path.display())]
    SecretFile {
        /// The variable.
        name: String,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file that a `…_FILE` variable names is empty.
    #[error("{name} names {}, which is empty", path.display())]
    EmptyFile {
        /// The variable.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A setting has the form of something else.
    #[error(transparent)]
    Mistaken(Mistake),
}
