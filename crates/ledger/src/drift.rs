//! Drift: differences that asking Stripe brought to light, and that no webhook had delivered.

use subscription::{EventId, TenantId, UnixSeconds};

use crate::{CustomerKey, Source, UnixMicros};

/// One difference between Stripe and Dunlin, until Stripe was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftEntry {
    /// The time when it was found.
    pub found_at: UnixMicros,
    /// The way it was found.
    pub source: Source,
    /// The customer that it concerns.
    pub customer: CustomerKey,
    /// The tenant that was bound to the customer.
    pub tenant: Option<TenantId>,
    /// The event that was never delivered, if the list of events revealed it.
    pub event: Option<EventId>,
    /// The kind of object that differed.
    pub kind: DriftKind,
    /// Stripe's id of the subscription or invoice. For an event that changed nothing, the id of its object.
    pub object_id: String,
    /// The field that differed, as in [`subscription::state::Difference::what`], or `invoice_status`. For an event that
    /// changed nothing, its type.
    pub what: String,
    /// Dunlin's value.
    pub from: Option<String>,
    /// Stripe's value.
    pub to: Option<String>,
    /// The start of the difference, as far as Stripe says.
    pub since: UnixSeconds,
}

/// The kind of object that drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftKind {
    /// A subscription differed from the known one.
    Subscription,
    /// An invoice differed from the known one.
    Invoice,
    /// An event had not been delivered, and it changed nothing that is known of its object.
    Event,
}

impl DriftKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Subscription, Self::Invoice, Self::Event];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Invoice => "invoice",
            Self::Event => "event",
        }
    }

    /// Returns the kind of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
