//! The intake of webhooks: from a verified body to a durable receipt.
//!
//! [`accept`] reads a body and its facts (`stripe-facts`), compresses it, and hands it to the [`Committer`], which
//! posts all waiting deliveries to the `persistence` crate in one transaction. The receipt comes back the same way.
//! Events that Stripe lists are read here too ([`read_listed`]), so that a delivery and a listing of one event come to
//! the same facts.
//!
//! ```
//! use intake::{AccountFilter, read};
//!
//! let body = br#"{"id": "evt_1", "object": "event", "type": "plan.created", "created": 1798761600,
//!     "livemode": false, "data": {"object": {"id": "price_1", "object": "plan"}}}"#;
//! let delivery = read(body, &AccountFilter::default());
//! assert_eq!(delivery.event.key.id.as_str(), "evt_1");
//! assert!(delivery.facts.is_empty());
//! ```
//!
//! # Invariants
//!
//! - A receipt is given after the commit, and only then. An error leaves no trace.
//! - A verified body is never refused for what it says. One that cannot be read is kept and quarantined.
//! - The clock is read in [`clock`] alone.
//!
//! # Not here
//!
//! No HTTP, no SQL, no signature, and no rule of what a subscription is.

#![forbid(unsafe_code)]

pub mod audit;
pub mod batcher;
pub mod body;
pub mod clock;
mod committer;
mod reading;
mod sampler;
mod signature_counter;
pub mod thin;

pub use committer::{CommitError, Committer, post_all};
pub use reading::{Accepted, AccountFilter, accept, name_listed, read, read_listed};
pub use sampler::Sampler;
pub use signature_counter::SignatureCounter;
