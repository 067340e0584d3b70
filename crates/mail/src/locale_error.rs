//! The reasons why a language cannot be used.

use std::path::PathBuf;

/// The reason why a language cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LocaleError {
    /// The file is not named after a language.
    #[error("{name} is not named after a language, like da.ftl")]
    Name {
        /// The file.
        name: String,
    },
    /// The file has a syntax error.
    #[error("{name}.ftl cannot be read: {problem}")]
    Syntax {
        /// The language.
        name: String,
        /// The fault.
        problem: String,
    },
    /// A message is missing.
    #[error("{name}.ftl has no message {id:?}")]
    Missing {
        /// The language.
        name: String,
        /// The message.
        id: String,
    },
    /// A message uses an argument that its letter does not have.
    #[error("the message {id:?} in {name}.ftl cannot be used here: {problem}")]
    Broken {
        /// The language.
        name: String,
        /// The message.
        id: String,
        /// The fault.
        problem: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}
