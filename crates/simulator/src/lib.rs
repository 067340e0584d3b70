//! A fake Stripe, as far as single events go: complete, truthful payloads for `dunlin trigger`, tests and benches.
//!
//! Its templates are the fixtures of the `stripe-event` crate, so there is one set of samples and it is the tested one.
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
//! - The same trigger, event id and moment give the same bytes.
//! - What does not change between a subscription's events is the same in all events made on one UTC day, so that they join
//!   up as Stripe's do.
//!
//! # Not here
//!
//! No network and no clock; signing is `stripe-signature`'s.

#![forbid(unsafe_code)]

mod overrides;
mod template;
mod trigger;

pub use overrides::{Override, OverrideError};
pub use trigger::{DEFAULT_API_VERSION, Trigger, TriggerError, events};
