//! The settings by which access is decided.

use serde::Deserialize;
use subscription::access::Policy;

use crate::error::ConfigError;
use crate::variables::Variables;

/// The file's `[access]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccessSection {
    payment_grace_secs: Option<u32>,
    trial_overrun_secs: Option<u32>,
    doubt_secs: Option<u32>,
    grace_while_paused: Option<bool>,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 4] = [
    ("DUNLIN_ACCESS_PAYMENT_GRACE_SECS", false),
    ("DUNLIN_ACCESS_TRIAL_OVERRUN_SECS", false),
    ("DUNLIN_ACCESS_DOUBT_SECS", false),
    ("DUNLIN_ACCESS_GRACE_WHILE_PAUSED", false),
];

impl Variables<'_> {
    /// Returns the policy, by the variables, the file and the defaults.
    pub(crate) fn policy(&self, from_file: &AccessSection) -> Result<Policy, ConfigError> {
        let defaults = Policy::default();
        let secs = |variable, from_file: Option<u32>, default| -> Result<i64, ConfigError> {
            let secs: Option<u32> = self.parsed(variable, "a number of seconds")?;
            Ok(secs.or(from_file).map_or(default, i64::from))
        };
        Ok(Policy {
            payment_grace_secs: secs(
                "DUNLIN_ACCESS_PAYMENT_GRACE_SECS",
                from_file.payment_grace_secs,
                defaults.payment_grace_secs,
            )?,
            trial_overrun_secs: secs(
                "DUNLIN_ACCESS_TRIAL_OVERRUN_SECS",
                from_file.trial_overrun_secs,
                defaults.trial_overrun_secs,
            )?,
            doubt_secs: secs("DUNLIN_ACCESS_DOUBT_SECS", from_file.doubt_secs, defaults.doubt_secs)?,
            grace_while_paused: self
                .parsed("DUNLIN_ACCESS_GRACE_WHILE_PAUSED", "true or false")?
                .or(from_file.grace_while_paused)
                .unwrap_or(defaults.grace_while_paused),
        })
    }
}
