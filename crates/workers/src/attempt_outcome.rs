//! The outcomes of attempts to send a notice, for whoever counts them.

/// The outcome of an attempt at a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The server took it.
    Sent,
    /// It will be tried again.
    Deferred,
    /// It was given up.
    Dead,
    /// The server may have taken it.
    Unknown,
    /// It was no longer to be sent.
    Superseded,
}

impl AttemptOutcome {
    /// All outcomes.
    pub const ALL: [Self; 5] = [Self::Sent, Self::Deferred, Self::Dead, Self::Unknown, Self::Superseded];

    /// Returns the outcome's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
            Self::Superseded => "superseded",
        }
    }
}
