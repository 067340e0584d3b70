//! Stripe's clock.

use std::fmt;

/// The seconds of a day.
pub const DAY_SECS: i64 = 24 * 60 * 60;

/// A time in whole seconds since 1970-01-01T00:00:00Z, the only resolution of Stripe's `created`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct UnixSeconds(i64);

impl UnixSeconds {
    /// Creates the time `secs` seconds after the epoch.
    pub const fn new(secs: i64) -> Self {
        Self(secs)
    }

    /// Returns the seconds since the epoch.
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// Returns the time `secs` seconds later, saturating at the limits of the type.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs))
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
