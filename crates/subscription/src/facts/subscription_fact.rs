//! The facts about one subscription: events and API reads.

use super::baseline::Baseline;
use super::snapshot::{Details, Snapshot};
use crate::{EventId, Money, Status, UnixSeconds};

/// The content of an event or an API read about a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "snake_case"))]
pub enum SubscriptionFact {
    /// A `customer.subscription.*` event.
    Change(Change),
    /// The result of an API read.
    Read(Read),
    /// An `invoice.upcoming` event.
    Renewal(Renewal),
    /// The sum of older changes and reads.
    Baseline(Box<Baseline>),
}

impl SubscriptionFact {
    /// Returns the last second of which it may speak.
    pub fn told_at(&self) -> UnixSeconds {
        match self {
            Self::Change(change) => change.created,
            Self::Read(read) => read.not_after,
            Self::Renewal(renewal) => renewal.announced_at,
            Self::Baseline(baseline) => baseline.through,
        }
    }

    /// Returns the statuses that it mentions.
    pub fn statuses(&self) -> impl Iterator<Item = &Status> {
        let (change, read) = match self {
            Self::Change(change) => (Some(change), None),
            Self::Read(read) => (None, Some(&read.snapshot)),
            Self::Renewal(_) | Self::Baseline(_) => (None, None),
        };
        let changed = change.into_iter().flat_map(Change::mentions);
        changed.chain(read).map(|snapshot| &snapshot.status)
    }
}

/// A `customer.subscription.*` event: the subscription after a change and, if the event says so, before it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Change {
    /// The event. It is also the fact's key: the same event twice is one fact.
    pub event: EventId,
    /// The event's `created`.
    pub created: UnixSeconds,
    /// The kind of event.
    pub cause: Cause,
    /// The subscription before the change.
    pub before: Before,
    /// The subscription after it.
    pub after: Snapshot,
    /// The other fields of the object.
    pub details: Details,
    /// The other fields before the change, if the event reports them and they differ.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub details_before: Option<Box<Details>>,
}

/// The kind of subscription event from which a [`Change`] comes.
///
/// The order is the last resort for changes of one second that nothing else can order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Cause {
    /// `customer.subscription.created`
    Created,
    /// `customer.subscription.trial_will_end`
    TrialWillEnd,
    /// `paused`, `resumed`, `pending_update_applied`, `pending_update_expired`: announcements in addition to an update.
    Note,
    /// `customer.subscription.updated`
    Updated,
    /// `customer.subscription.deleted`
    Deleted,
}

/// The subscription before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Before {
    /// It did not exist: the change is its creation.
    Nothing,
    /// The object with `previous_attributes` applied.
    Known(Box<Snapshot>),
    /// The event does not say.
    Unknown,
}

impl Change {
    /// Returns the snapshots that it mentions.
    pub(crate) fn mentions(&self) -> impl Iterator<Item = &Snapshot> {
        let before = match &self.before {
            Before::Known(snapshot) => Some(snapshot.as_ref()),
            Before::Nothing | Before::Unknown => None,
        };
        before.into_iter().chain([&self.after])
    }
}

/// An accepted API read: the subscription at some instant between two moments of Stripe's clock.
///
/// ```text
/// not_before = Date header − ⌈round trip⌉ − 1 s        not_after = Date header + 1 s
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Read {
    /// The earliest possible instant.
    pub not_before: UnixSeconds,
    /// The latest possible instant.
    pub not_after: UnixSeconds,
    /// The subscription at that instant.
    pub snapshot: Snapshot,
    /// The other fields of the object. Facts written before reads had them hold the default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub details: Details,
}

impl Read {
    /// Returns the time since which the subscription has been in the state read, as far as the read says; else the time
    /// of the read.
    pub fn since(&self) -> UnixSeconds {
        let since = match self.snapshot.status {
            Status::Canceled | Status::IncompleteExpired => self.ended_at(),
            Status::Paused => self.snapshot.trial_end,
            Status::Trialing => self.details.created,
            Status::Incomplete | Status::Active | Status::PastDue | Status::Unpaid | Status::Unknown(_) => None,
        };
        since.unwrap_or(self.not_before).min(self.not_before)
    }

    /// Returns the end of a subscription that has ended: the end that Stripe reports, else the end that was set if it
    /// is not after the read, else the time of the cancellation request.
    fn ended_at(&self) -> Option<UnixSeconds> {
        let was = &self.snapshot;
        let at_period_end = was.period_end.filter(|_| was.cancel_at_period_end);
        let known = [self.details.ended_at, at_period_end, was.cancel_at, was.canceled_at];
        known.into_iter().flatten().find(|&at| at <= self.not_before)
    }
}

/// Stripe's announcement of a renewal, some days ahead (`invoice.upcoming`, which names no invoice).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Renewal {
    /// The time at which the renewal is due.
    pub due_at: UnixSeconds,
    /// The event's `created`.
    pub announced_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// The amount of the renewal.
    pub amount: Money,
}
