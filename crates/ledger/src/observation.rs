//! Observations: Stripe's answers about its objects, learned as facts.

use subscription::facts::{Details, Fact, InvoiceFact, Observed, Read, Reading, Snapshot, SubscriptionFact};
use subscription::{Customer, UnixSeconds};

use crate::CustomerKey;

/// The state of an object at some instant between two moments of Stripe's clock.
///
/// ```text
/// not_before = Date header − ⌈round trip⌉ − 1 s        not_after = Date header + 1 s
/// ```
#[derive(Clone, Debug)]
pub struct Observation {
    /// The customer of the object.
    pub customer: CustomerKey,
    /// The object.
    pub of: Observed,
    /// The earliest possible time of the instant.
    pub not_before: UnixSeconds,
    /// The latest possible time of the instant.
    pub not_after: UnixSeconds,
}

/// The outcome of an observation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservationOutcome {
    /// It told something new, or settled a doubt or a gap. It is stored as a fact.
    Accepted,
    /// It agrees with the known facts, and nothing of them is in doubt or missing. Nothing is stored.
    Confirmed,
    /// A known fact may be younger. Nothing is stored, and the object is to be read again.
    Inconclusive {
        /// The seconds until a read can be conclusive, if nothing happens meanwhile.
        retry_after_secs: i64,
    },
}

impl Observation {
    /// Returns the fact that an accepted observation is learned as.
    pub fn to_fact(&self) -> Fact {
        match &self.of {
            Observed::Subscription { id, snapshot, details } => Fact::Subscription {
                id: id.clone(),
                fact: SubscriptionFact::Read(self.as_read(snapshot, details)),
            },
            // The fact of a payment counts as of the payment. A later read of it is no newer evidence than what the
            // subscription said in between.
            Observed::Invoice { id, fact } => Fact::Invoice {
                id: id.clone(),
                fact: InvoiceFact {
                    told_at: fact.paid_at.unwrap_or(fact.told_at).min(fact.told_at),
                    ..fact.clone()
                },
            },
        }
    }

    fn as_read(&self, snapshot: &Snapshot, details: &Details) -> Read {
        Read {
            not_before: self.not_before,
            not_after: self.not_after,
            snapshot: snapshot.clone(),
            details: details.clone(),
        }
    }

    /// Decides what the observation is worth, given what is known of the customer. An invoice only ever moves forward,
    /// so a read of it is never wrong.
    pub fn outcome_for(&self, known: &Customer) -> ObservationOutcome {
        match &self.of {
            Observed::Subscription { id, snapshot, details } => match known.weigh(id, &self.as_read(snapshot, details)) {
                Reading::Tells => ObservationOutcome::Accepted,
                Reading::Agrees => ObservationOutcome::Confirmed,
                Reading::Inconclusive { told_at } => ObservationOutcome::Inconclusive {
                    retry_after_secs: told_at
                        .as_secs()
                        .saturating_sub(self.not_before.as_secs())
                        .saturating_add(MARGIN_SECS),
                },
            },
            Observed::Invoice { id, fact } if known.learns_from(id, fact) => ObservationOutcome::Accepted,
            Observed::Invoice { .. } => ObservationOutcome::Confirmed,
        }
    }
}

/// The seconds after the youngest known fact at which a read is early enough to start, which include the blur of a
/// round trip.
const MARGIN_SECS: i64 = 2;
