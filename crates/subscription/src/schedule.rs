//! What is planned for a subscription.

use serde::{Deserialize, Serialize};

use crate::{EventId, UnixSeconds};

/// What a subscription schedule plans for its subscription, as told last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Schedule {
    /// The event's `created`.
    pub told_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// When it ends the subscription, if it does.
    pub ends_at: Option<UnixSeconds>,
}

impl Schedule {
    /// What both say together: what was told last.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }
}
