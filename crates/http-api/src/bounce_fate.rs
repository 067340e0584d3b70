//! The outcomes of bounce reports.

use persistence::BounceOutcome;

/// The outcome of a bounce report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BounceFate {
    /// The address is suppressed.
    Suppressed,
    /// It is recorded with the mail. The address is not to blame.
    Recorded,
    /// It was known already.
    Duplicate,
    /// It changes nothing: the mail is delayed, passed on or delivered.
    Passing,
    /// It is no bounce, or not of a mail that Dunlin sent.
    Ignored,
}

impl BounceFate {
    /// All outcomes.
    pub(crate) const ALL: [Self; 5] = [
        Self::Suppressed,
        Self::Recorded,
        Self::Duplicate,
        Self::Passing,
        Self::Ignored,
    ];

    /// Returns the word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::Recorded => "recorded",
            Self::Duplicate => "duplicate",
            Self::Passing => "passing",
            Self::Ignored => "ignored",
        }
    }
}

impl From<BounceOutcome> for BounceFate {
    fn from(outcome: BounceOutcome) -> Self {
        match outcome {
            BounceOutcome::Suppressed => Self::Suppressed,
            BounceOutcome::Recorded => Self::Recorded,
            BounceOutcome::Duplicate => Self::Duplicate,
        }
    }
}
