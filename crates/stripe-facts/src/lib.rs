//! Turns Stripe's events of any API version into the facts of the `subscription` crate.
//!
//! ```
//! use stripe_event::Event;
//! use subscription::access::{Policy, access};
//! use subscription::{Customer, UnixSeconds};
//!
//! # let body = stripe_event::fixtures::event("2025-09-30.clover", "customer.subscription.created").unwrap();
//! let event = Event::parse(body.as_bytes())?;
//! let mut customer = Customer::default();
//! for fact in stripe_facts::read(&event)?.facts {
//!     customer.learn(fact);
//! }
//! let decision = access(&customer.state(), &Policy::default(), UnixSeconds::new(event.created));
//! assert!(decision.allowed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The facts of events may be added in any order and any number of times: [`Customer`](subscription::Customer) sorts
//! that out. An object read from Stripe's API is not an event. [`observed_subscription`] and [`observed_invoice`]
//! return its content, and the caller knows the time.
//!
//! Invariants: the same event gives the same facts in every API version. This crate makes no request, stores nothing,
//! logs nothing and reads no clock. Not here: signatures (`stripe-signature`), JSON (`stripe-event`), conclusions
//! (`subscription`).

mod claims;
mod customers;
mod disputes;
mod invoices;
mod payment_methods;
mod schedules;
mod subscriptions;

use stripe_event::{Event, Object, ObjectError};
use subscription::facts::Fact;
use subscription::{ChargeId, CustomerId, EventId};

pub use claims::{DEFAULT_METADATA_KEY, claim};
pub use invoices::observed_invoice;
pub use subscriptions::observed_subscription;

/// The content of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFacts {
    /// The customer, if the event names one.
    pub customer: Option<CustomerId>,
    /// The facts. Empty if the event is irrelevant here.
    pub facts: Vec<Fact>,
    /// The payment that the event assigns to the customer.
    pub charge: Option<ChargeId>,
}

/// Returns the facts of an event.
///
/// # Errors
/// [`ObjectError`] says why the event's object cannot be read, if it is of a relevant kind.
pub fn read(event: &Event<'_>) -> Result<EventFacts, ObjectError> {
    let facts = match &event.object {
        Object::Subscription { now, before } => vec![subscriptions::change(event, now, before)],
        Object::Invoice { now, before } => invoices::invoice_fact(event, now, before).into_iter().collect(),
        Object::PaymentMethod { now, .. } => payment_methods::card(event, now).into_iter().collect(),
        Object::Customer { now, before } => vec![customers::profile(event, now, before)],
        Object::Dispute(dispute) => disputes::disputed(event, dispute).into_iter().collect(),
        Object::EarlyFraudWarning(warning) => vec![disputes::warned(event, warning)],
        Object::SubscriptionSchedule(schedule) => schedules::planned(event, schedule).into_iter().collect(),
        Object::CheckoutSession(_) | Object::Charge(_) | Object::Thin(_) | Object::Unknown { .. } => Vec::new(),
        Object::Unreadable(error) => return Err(*error),
    };
    Ok(EventFacts {
        customer: event.customer().map(CustomerId::new),
        charge: match &event.object {
            Object::Charge(charge) if charge.customer.is_some() => Some(ChargeId::new(charge.id.as_ref())),
            _ => None,
        },
        facts,
    })
}

fn event_id(event: &Event<'_>) -> EventId {
    EventId::new(event.id.as_ref())
}
