//! The settings of reconciliation.

use serde::Deserialize;

use crate::error::ConfigError;
use crate::variables::{SECONDS_AT_LEAST_ONE, Variables};

/// The settings of reconciliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconcileConfig {
    /// The seconds between two reads of the list of events.
    pub interval_secs: u32,
    /// The age in hours above which something found only by asking Stripe sends no mail.
    pub late_mail_hours: u32,
}

/// The file's `[reconcile]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReconcileSection {
    interval_secs: Option<u32>,
    late_mail_hours: Option<u32>,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 2] = [
    ("DUNLIN_RECONCILE_INTERVAL_SECS", false),
    ("DUNLIN_RECONCILE_LATE_MAIL_HOURS", false),
];

const DEFAULT_INTERVAL_SECS: u32 = 5 * 60;
const DEFAULT_LATE_MAIL_HOURS: u32 = 24;

impl ReconcileConfig {
    pub(crate) fn load(section: &ReconcileSection, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            interval_secs: variables.at_least_one(
                "DUNLIN_RECONCILE_INTERVAL_SECS",
                SECONDS_AT_LEAST_ONE,
                section.interval_secs,
                DEFAULT_INTERVAL_SECS,
            )?,
            late_mail_hours: variables
                .parsed("DUNLIN_RECONCILE_LATE_MAIL_HOURS", "a number of hours")?
                .or(section.late_mail_hours)
                .unwrap_or(DEFAULT_LATE_MAIL_HOURS),
        })
    }
}
