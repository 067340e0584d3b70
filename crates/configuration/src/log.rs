//! The settings of the log.

use serde::Deserialize;
use telemetry::LogFormat;

use crate::error::ConfigError;
use crate::variables::Variables;

/// The default log filter.
pub const DEFAULT_LOG: &str = "info";

/// [`LogFormat`], as it is written.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormatWord {
    Auto,
    Human,
    Json,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 2] = [("DUNLIN_LOG", false), ("DUNLIN_LOG_FORMAT", false)];

impl From<LogFormatWord> for LogFormat {
    fn from(word: LogFormatWord) -> Self {
        match word {
            LogFormatWord::Auto => Self::Auto,
            LogFormatWord::Human => Self::Human,
            LogFormatWord::Json => Self::Json,
        }
    }
}

impl Variables<'_> {
    pub(crate) fn log_format(&self) -> Result<Option<LogFormatWord>, ConfigError> {
        match self.text("DUNLIN_LOG_FORMAT") {
            None => Ok(None),
            Some("auto") => Ok(Some(LogFormatWord::Auto)),
            Some("human") => Ok(Some(LogFormatWord::Human)),
            Some("json") => Ok(Some(LogFormatWord::Json)),
            Some(_) => Err(ConfigError::Variable {
                name: "DUNLIN_LOG_FORMAT".to_owned(),
                wanted: "auto, human or json",
            }),
        }
    }
}
