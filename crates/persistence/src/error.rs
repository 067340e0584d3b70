//! What can go wrong between us and the database.

use sea_orm::DbErr;

/// A failed store operation. Nothing of the unit of work it was part of is kept; the caller may try again later, except
/// where the variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database URL is not one of a database we run on. Not to be retried.
    #[error("{url_scheme:?} is not a database this build can use; DUNLIN_DATABASE_URL is sqlite://FILE")]
    UnsupportedUrl {
        /// The part before `://`.
        url_scheme: String,
    },
    /// The database could not be opened.
    #[error("cannot open the database")]
    Connect(#[source] sqlx::Error),
    /// A connection does not keep a promise that durability rests on. Not to be retried.
    #[error("SQLite refuses the setting {pragma} = {wanted}: it answers {got}")]
    Pragma {
        /// Which setting.
        pragma: &'static str,
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        got: String,
    },
    /// A statement failed.
    #[error("the database refused to {step}")]
    Database {
        /// What was being done.
        step: &'static str,
        /// The database's own words.
        #[source]
        source: DbErr,
    },
    /// A stored value cannot be read back, or a value cannot be stored. Not to be retried.
    #[error("a stored {what} is not readable")]
    Json {
        /// Of which table.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// Names the step that a database error belongs to.
pub(crate) fn at(step: &'static str) -> impl FnOnce(DbErr) -> StoreError {
    move |source| StoreError::Database { step, source }
}

/// Reads a JSON column.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Json { what, source })
}

/// Writes a JSON column.
pub(crate) fn to_json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Json { what, source })
}
