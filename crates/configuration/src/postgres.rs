//! The settings of PostgreSQL.

use std::num::NonZeroU32;

use persistence::{Pooler, PostgresOptions};
use serde::Deserialize;

use crate::error::ConfigError;
use crate::variables::Variables;

/// The file's `[postgres]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PostgresSection {
    max_connections: Option<NonZeroU32>,
    statement_timeout_secs: Option<u32>,
    pooler: Option<PoolerWord>,
}

/// [`Pooler`], as it is written.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PoolerWord {
    None,
    Transaction,
}

impl From<PoolerWord> for Pooler {
    fn from(word: PoolerWord) -> Self {
        match word {
            PoolerWord::None => Self::None,
            PoolerWord::Transaction => Self::Transaction,
        }
    }
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 3] = [
    ("DUNLIN_POSTGRES_MAX_CONNECTIONS", false),
    ("DUNLIN_POSTGRES_STATEMENT_TIMEOUT_SECS", false),
    ("DUNLIN_POSTGRES_POOLER", false),
];

impl Variables<'_> {
    /// Returns the options, by the variables, the file and the defaults.
    pub(crate) fn postgres(&self, from_file: &PostgresSection) -> Result<PostgresOptions, ConfigError> {
        let defaults = PostgresOptions::default();
        let max_connections: Option<NonZeroU32> = self.parsed("DUNLIN_POSTGRES_MAX_CONNECTIONS", "a number, at least 1")?;
        Ok(PostgresOptions {
            max_connections: max_connections
                .or(from_file.max_connections)
                .map_or(defaults.max_connections, NonZeroU32::get),
            statement_timeout_secs: self
                .parsed("DUNLIN_POSTGRES_STATEMENT_TIMEOUT_SECS", "a number of seconds")?
                .or(from_file.statement_timeout_secs)
                .unwrap_or(defaults.statement_timeout_secs),
            pooler: self.pooler()?.or(from_file.pooler).map_or(defaults.pooler, Pooler::from),
        })
    }

    fn pooler(&self) -> Result<Option<PoolerWord>, ConfigError> {
        match self.text("DUNLIN_POSTGRES_POOLER") {
            None => Ok(None),
            Some("none") => Ok(Some(PoolerWord::None)),
            Some("transaction") => Ok(Some(PoolerWord::Transaction)),
            Some(_) => Err(ConfigError::Variable {
                name: "DUNLIN_POSTGRES_POOLER".to_owned(),
                wanted: "none or transaction",
            }),
        }
    }
}
