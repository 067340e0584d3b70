//! What was learned by asking, for whoever asked.

use persistence::{EventRecord, Observation};
use subscription::{CustomerId, Observed};

/// Something that was not known here before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Stripe's id of the event or object.
    pub id: String,
    /// The event's type, or what the object is.
    pub what: String,
    /// The customer that it is about, if it names one.
    pub customer: Option<CustomerId>,
}

impl Learned {
    /// An event that nobody had delivered.
    pub(super) fn from_event(event: &EventRecord) -> Self {
        Self {
            id: event.key.id.to_string(),
            what: event.kind.clone(),
            customer: event.customer.clone(),
        }
    }

    /// An object that was otherwise than was known.
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
