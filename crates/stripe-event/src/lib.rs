//! Turns a verified Stripe webhook body of any API version into a typed [`Event`].
//!
//! ```
//! use stripe_event::{Event, EventKind, Object, SubscriptionStatus};
//!
//! let body = br#"{
//!     "id": "evt_1", "object": "event", "type": "customer.subscription.created",
//!     "created": 1767225600, "livemode": false, "api_version": "2025-09-30.clover",
//!     "data": {"object": {
//!         "id": "sub_1", "object": "subscription", "customer": "cus_1",
//!         "status": "active", "created": 1767225600,
//!         "items": {"data": [{
//!             "price": {"id": "price_1", "unit_amount": 2900}, "quantity": 2,
//!             "current_period_start": 1767225600, "current_period_end": 1769904000
//!         }]}
//!     }}
//! }"#;
//!
//! let event = Event::parse(body)?;
//! assert_eq!(event.kind, EventKind::SubscriptionCreated);
//! assert_eq!(event.customer(), Some("cus_1"));
//! let Object::Subscription { now, .. } = event.object else {
//!     unreachable!()
//! };
//! assert_eq!(now.status, SubscriptionStatus::Active);
//! assert_eq!(now.current_period_end, Some(1_769_904_000));
//! assert_eq!(now.recurring_amount, Some(5_800));
//! # Ok::<(), stripe_event::EventError>(())
//! ```
//!
//! # Invariants
//!
//! - Parsing is a pure function of the body. It never panics. [`MAX_DEPTH`] and the body's length bound its stack and
//!   its time.
//! - The syntax is strict. Anything that two JSON readers could understand differently (duplicate keys, lone
//!   surrogates, numbers out of range, a byte order mark) is an error, so no two parts of a system can see different
//!   events.
//! - The meaning is tolerant. Unknown types, fields and statuses are kept or skipped. An unreadable object becomes
//!   [`Object::Unreadable`] and leaves its event readable.
//! - The same object in the shapes of two versions, from 2020-08-27 to 2026-09-30.endive, gives equal values.
//! - Every id is non-empty, at most [`MAX_ID_BYTES`] long and free of control characters. Every time is within
//!   1970..=9999.
//! - Error texts never repeat the body.
//!
//! # Not here
//!
//! The signature (verify it first), any decision about the meaning of an event, any limit on the body's size (set it
//! where the body is read), and every field that no decision needs.

#![forbid(unsafe_code)]

mod bare;
mod before;
mod charge;
mod checkout_session;
mod customer;
mod error;
mod event;
mod field;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
mod invoice;
mod json;
mod kind;
mod metadata;
mod object;
mod payment_method;
mod related_object;
mod request;
mod schedule;
mod subscription;
#[cfg(test)]
mod tests;
mod text;
mod timestamp;

pub use bare::{Bare, BareError};
pub use before::Before;
pub use charge::{Charge, Dispute, EarlyFraudWarning};
pub use checkout_session::CheckoutSession;
pub use customer::Customer;
pub use error::{EventError, ObjectError, Problem};
pub use event::Event;
pub use invoice::{Invoice, InvoiceStatus};
pub use json::MAX_DEPTH;
pub use kind::EventKind;
pub use object::Object;
pub use payment_method::{Card, PaymentMethod};
pub use related_object::RelatedObject;
pub use request::Request;
pub use schedule::SubscriptionSchedule;
pub use subscription::{CancellationDetails, Item, Subscription, SubscriptionStatus};
pub use text::MAX_ID_BYTES;
