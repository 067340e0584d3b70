//! The planned end of a subscription.

use crate::{EventId, UnixSeconds};

/// The plan of a subscription schedule, as last reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Schedule {
    /// The event's `created`.
    pub told_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// The time at which it ends the subscription, if it does.
    pub ends_at: Option<UnixSeconds>,
}

impl Schedule {
    /// Joins both versions: the newer one wins.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }
}
