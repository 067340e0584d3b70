//! The extent of access.

/// The extent of access: all of the service, or nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The tenant may use nothing.
    None,
    /// The tenant may use the whole service.
    Full,
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 2] = [Self::Full, Self::None];

    /// Returns the level of a decision. A tenant who owes a payment keeps the whole service during the payment grace,
    /// so nothing lies between the two.
    pub(super) const fn of(allowed: bool) -> Self {
        if allowed { Self::Full } else { Self::None }
    }

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Full => "full",
        }
    }
}
