//! The baseline: the older facts of a subscription, summed up in one fact.
//!
//! The fold passes second after second and carries only its own position from one to the next. So the position after a
//! second can replace every fact up to that second. A baseline also keeps the few details of single facts that answers
//! need, however old the facts are.

use std::collections::{BTreeMap, BTreeSet};

use super::folded::Folded;
use super::snapshot::{Details, Snapshot};
use crate::{PaymentMethodId, UnixSeconds};

/// The number of times a snapshot was reached minus the number of times it was left. `None` stands for the state before
/// creation.
pub(crate) type Term = (Option<Snapshot>, i64);

/// All facts about a subscription up to and including one second.
///
/// It answers every question as the original facts would. A late fact about that second or an earlier one is ignored,
/// unless it ends the subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Baseline {
    /// The last second that a summed-up fact speaks of.
    pub through: UnixSeconds,
    /// The position of the fold after that second.
    pub(crate) folded: Folded,
    /// A read answers for every change before it, lost ones included.
    pub(crate) is_settled: bool,
    /// The sum of all changes.
    pub(crate) sum: Vec<Term>,
    /// The details of the newest of these facts.
    pub(crate) details: Option<Details>,
    /// The last second in which a change led to past due or away from it.
    pub(crate) past_due_at: Option<UnixSeconds>,
    /// The ends of trials that were announced in advance.
    pub(crate) announced_trial_ends: BTreeSet<UnixSeconds>,
    /// The time since which the subscription gives access. Baselines written before this field existed hold `None`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) served_since: Option<UnixSeconds>,
    /// The payment methods that replaced another one, each with the time of its last replacement.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub(crate) replacements: BTreeMap<PaymentMethodId, UnixSeconds>,
}

impl Baseline {
    /// Returns `true` if the baseline covers a fact of second `told_at` that carries this snapshot.
    pub(crate) fn covers(&self, told_at: UnixSeconds, told: &Snapshot) -> bool {
        told_at <= self.through && (self.has_ended() || !told.status.is_terminal())
    }

    /// Returns `true` if the subscription had ended.
    pub fn has_ended(&self) -> bool {
        self.folded.snapshot.status.is_terminal()
    }
}
