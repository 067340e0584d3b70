//! The result of the fold.

use super::snapshot::Snapshot;
use crate::UnixSeconds;

/// The state of one subscription according to all known facts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Folded {
    /// The subscription's present snapshot.
    pub snapshot: Snapshot,
    /// The time at which its status became what it is, as far as known.
    pub status_since: UnixSeconds,
    /// The time since which a payment is owed without a break: the subscription was past due, unpaid or paused for it.
    /// `None` if no payment is owed, and in values written before this field existed.
    #[cfg_attr(feature = "serde", serde(default))]
    pub owing_since: Option<UnixSeconds>,
    /// The time since which payment collection is paused.
    #[cfg_attr(feature = "serde", serde(default))]
    pub collection_paused_since: Option<UnixSeconds>,
    /// Set if the facts allow another answer. Only an API read can settle it.
    pub doubt: Option<Doubt>,
    /// Earlier facts are missing: the known ones do not join up. The answer holds, but a read should confirm it.
    pub gap: bool,
}

/// A second with changes that cannot be put in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Doubt {
    /// The second.
    pub since: UnixSeconds,
    /// The subscription before that second, if known.
    pub previous: Option<Snapshot>,
}

impl Folded {
    /// Returns `true` if no doubt is left.
    pub fn is_certain(&self) -> bool {
        self.doubt.is_none()
    }
}
