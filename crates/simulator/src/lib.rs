//! A fake Stripe: whole lifecycles of customers, reported truthfully and delivered as badly as the real one does, and
//! single events for `dunlin trigger`, tests and benches.
//!
//! - [`Lifecycle`] is a customer's history: checkout, trial, renewals, failures, recoveries, ends. One seed gives one
//!   lifecycle; it knows the truth at each point in time.
//! - [`Features`] are the further contents of real lives: several subscriptions, sent invoices, bouncing debits,
//!   pauses, coupons.
//! - [`Oracle`] concludes from Stripe's true state what a tenant may do, and whether the claim of a mail is true.
//! - [`body`] makes a complete payload of an event, in the shape of its API version.
//! - [`Network`] delivers: shuffled, delayed, twice, in bursts, or not at all.
//! - [`Player`] signs and sends deliveries over HTTP, and repeats each until it is answered 2xx.
//! - `Load` (with the feature `load`) sends requests as fast as they are answered or at a rate, and measures.
//! - [`Trigger`] is a single event, like those of `stripe trigger`.
//! - `FakeStripe` (with the feature `api`) answers like Stripe's API about the events that it was given, truthfully
//!   or with faults.
//!
//! The payloads' templates are the fixtures of the `stripe-event` crate, so there is one set of samples, and it is the
//! tested one. `cargo run -p simulator -- play --help` tries any webhook endpoint.
//!
//! ```
//! use simulator::Trigger;
//!
//! let trigger = Trigger {
//!     customer: "cus_acme".to_owned(),
//!     overrides: vec!["status=unpaid".parse()?],
//!     ..Trigger::new("customer.subscription.updated")
//! };
//! let body = trigger.event_body("evt_1", 1_800_000_000)?;
//! let event = stripe_event::Event::parse(&body).map_err(|error| error.to_string())?;
//! assert_eq!(event.customer(), Some("cus_acme"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! - Everything random follows from a seed. The same trigger, event id and time give the same bytes.
//! - An event's body parses to that same event, in every version.
//! - The constant parts of a subscription are the same in all events made on one UTC day, so that the events join up as
//!   Stripe's do.
//!
//! # Not here
//!
//! Nothing of the `subscription` crate: the oracle's conclusions are the standard that it is judged by.

#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod api;
mod catalogue;
mod delivery;
mod lifecycle;
#[cfg(feature = "load")]
mod load;
mod oracle;
mod overrides;
mod payload;
mod play;
mod template;
mod trigger;

#[cfg(feature = "api")]
pub use api::FakeStripe;
pub use delivery::{Delivery, Network, Order};
pub use lifecycle::{Features, Lifecycle, Truth};
#[cfg(feature = "load")]
pub use load::{Load, LoadError, Measured};
pub use oracle::{Claim, Expected, Need, Oracle, Word};
pub use overrides::{Override, OverrideError};
pub use payload::body;
pub use play::{Played, Player, Unanswered};
pub use trigger::{DEFAULT_API_VERSION, Trigger, TriggerError, events};
