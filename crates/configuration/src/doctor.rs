//! The settings of the doctor.

use serde::Deserialize;

use crate::error::ConfigError;
use crate::variables::{SECONDS_AT_LEAST_ONE, Variables};

/// The settings of the doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoctorConfig {
    /// The seconds between two examinations by a server.
    pub interval_secs: u32,
    /// True if a person has checked that Stripe itself sends no mails about failed payments.
    pub stripe_mails_are_off: bool,
}

/// The file's `[doctor]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DoctorSection {
    interval_secs: Option<u32>,
    stripe_mails_are_off: Option<bool>,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 2] = [
    ("DUNLIN_DOCTOR_INTERVAL_SECS", false),
    ("DUNLIN_DOCTOR_STRIPE_MAILS_ARE_OFF", false),
];

const DEFAULT_INTERVAL_SECS: u32 = 15 * 60;

impl DoctorConfig {
    pub(crate) fn load(section: &DoctorSection, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            interval_secs: variables.at_least_one(
                "DUNLIN_DOCTOR_INTERVAL_SECS",
                SECONDS_AT_LEAST_ONE,
                section.interval_secs,
                DEFAULT_INTERVAL_SECS,
            )?,
            stripe_mails_are_off: variables
                .parsed("DUNLIN_DOCTOR_STRIPE_MAILS_ARE_OFF", "true or false")?
                .or(section.stripe_mails_are_off)
                .unwrap_or(false),
        })
    }
}
