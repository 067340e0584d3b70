//! The states of a notice on its way.

/// The state of a notice on its way.
///
/// `pending → claimed → transmitting → sent`; from `transmitting` also to `unknown`, if it is unknown whether the
/// server took the mail. A `superseded` notice was not sent because it no longer holds; a `dead` one could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeState {
    /// The notice waits until it is due.
    Pending,
    /// A worker has claimed the notice. Nothing of it has been handed over.
    Claimed,
    /// The notice is being handed over. After the lease nobody can know whether it was.
    Transmitting,
    /// The server took the notice.
    Sent,
    /// The server may have taken the notice. A person decides.
    Unknown,
    /// The notice was given up. A person decides.
    Dead,
    /// The notice is no longer to be sent.
    Superseded,
}

impl NoticeState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Claimed,
        Self::Transmitting,
        Self::Sent,
        Self::Unknown,
        Self::Dead,
        Self::Superseded,
    ];

    /// The states from which a worker goes on.
    pub const OPEN: [Self; 3] = [Self::Pending, Self::Claimed, Self::Transmitting];

    /// The states in which the customer may have read the mail.
    pub const TOLD: [Self; 3] = [Self::Sent, Self::Unknown, Self::Transmitting];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Transmitting => "transmitting",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Dead => "dead",
            Self::Superseded => "superseded",
        }
    }

    /// Returns the state of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Returns true if an operator may have it sent again, or drop it. No worker holds it, and nobody is known to have
    /// it.
    pub const fn may_be_decided(self) -> bool {
        matches!(self, Self::Pending | Self::Dead | Self::Unknown)
    }

    /// Returns true if whoever holds its lease may still report what became of it. A worker may report a handover even
    /// if it was taken for lost meanwhile.
    pub const fn may_be_settled(self) -> bool {
        matches!(self, Self::Claimed | Self::Transmitting | Self::Unknown)
    }
}
