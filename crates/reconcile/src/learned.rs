//! The things learned by asking, for the caller.

use persistence::{EventRecord, Observation};
use subscription::CustomerId;
use subscription::facts::Observed;

/// A thing that was not known here before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Stripe's id of the event or object.
    pub id: String,
    /// The event's type, or the kind of the object.
    pub what: String,
    /// The customer that it is about, if it names one.
    pub customer: Option<CustomerId>,
}

impl Learned {
    /// Makes it from an event that was never delivered.
    pub(super) fn from_event(event: &EventRecord) -> Self {
        Self {
            id: event.key.id.to_string(),
            what: event.kind.clone(),
            customer: event.customer.clone(),
        }
    }

    /// Makes it from an object that differed from what was known.
    pub(super) fn from_object(observation: &Observation) -> Self {
        let (id, what) = match &observation.of {
            Observed::Subscription { id, .. } => (id.to_string(), "subscription"),
            Observed::Invoice { id, .. } => (id.to_string(), "invoice"),
        };
        Self {
            id,
            what: what.to_owned(),
            customer: Some(observation.customer.id.clone()),
        }
    }
}
