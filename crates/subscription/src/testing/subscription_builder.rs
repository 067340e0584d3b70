//! Facts about one subscription.

use super::at;
use crate::facts::{Before, Cause, Change, Details, Fact, Read, Renewal, Snapshot, SubscriptionFact};
use crate::{EventId, Money, Status, SubscriptionId};

/// A builder of facts about one subscription. Times are Unix seconds. A state is a whole [`Snapshot`], or only a
/// [`Status`].
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionBuilder {
    name: &'static str,
    begun: Option<i64>,
}

/// Creates a builder of facts about the subscription with this id.
pub const fn sub(name: &'static str) -> SubscriptionBuilder {
    SubscriptionBuilder { name, begun: None }
}

impl SubscriptionBuilder {
    /// Sets the creation time that every event of the subscription reports.
    #[must_use]
    pub const fn begun(self, secs: i64) -> Self {
        Self {
            begun: Some(secs),
            ..self
        }
    }

    /// Returns the id.
    pub fn id(self) -> SubscriptionId {
        SubscriptionId::new(self.name)
    }

    /// Builds `customer.subscription.created`.
    pub fn created(self, secs: i64, after: impl Into<Snapshot>) -> Fact {
        self.changed(secs, Cause::Created, Before::Nothing, after.into())
    }

    /// Builds `customer.subscription.updated`, with the state before it.
    pub fn updated(self, secs: i64, before: impl Into<Snapshot>, after: impl Into<Snapshot>) -> Fact {
        let before = Before::Known(Box::new(before.into()));
        self.changed(secs, Cause::Updated, before, after.into())
    }

    /// Builds `customer.subscription.deleted`.
    pub fn deleted(self, secs: i64) -> Fact {
        self.changed(secs, Cause::Deleted, Before::Unknown, Status::Canceled.into())
    }

    /// Builds `customer.subscription.trial_will_end`.
    pub fn trial_will_end(self, secs: i64, state: impl Into<Snapshot>) -> Fact {
        self.changed(secs, Cause::TrialWillEnd, Before::Unknown, state.into())
    }

    /// Builds an announcement in addition to an update, such as `customer.subscription.paused`.
    pub fn noted(self, secs: i64, state: impl Into<Snapshot>) -> Fact {
        self.changed(secs, Cause::Note, Before::Unknown, state.into())
    }

    /// Builds an API read that was true at some instant of these seconds.
    pub fn read(self, (not_before, not_after): (i64, i64), state: impl Into<Snapshot>) -> Fact {
        self.fact(SubscriptionFact::Read(Read {
            not_before: at(not_before),
            not_after: at(not_after),
            snapshot: state.into(),
            details: Details::default(),
        }))
    }

    /// Builds `invoice.upcoming`: the announcement of a renewal at `due_at`.
    pub fn upcoming(self, secs: i64, due_at: i64) -> Fact {
        self.fact(SubscriptionFact::Renewal(Renewal {
            due_at: at(due_at),
            announced_at: at(secs),
            event: EventId::new(format!("evt_{}_upcoming_{secs}_{due_at}", self.name)),
            amount: Money::new(4900, "eur"),
        }))
    }

    fn changed(self, secs: i64, cause: Cause, before: Before, after: Snapshot) -> Fact {
        let from = match &before {
            Before::Nothing => "nothing",
            Before::Known(snapshot) => snapshot.status.as_str(),
            Before::Unknown => "unknown",
        };
        let event = EventId::new(format!("evt_{}_{cause:?}_{secs}_{from}_{}", self.name, after.status));
        let begun = if cause == Cause::Created { Some(secs) } else { self.begun };
        self.fact(SubscriptionFact::Change(Change {
            event,
            created: at(secs),
            cause,
            before,
            after,
            details: Details {
                created: begun.map(at),
                ..Details::default()
            },
            details_before: None,
        }))
    }

    fn fact(self, fact: SubscriptionFact) -> Fact {
        Fact::Subscription { id: self.id(), fact }
    }
}
