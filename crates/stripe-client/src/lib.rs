//! Asks Stripe: reads an object, lists events, makes a billing link; and says when an answer was true.
//!
//! ```no_run
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! use stripe_client::{Options, StripeClient};
//!
//! let stripe = StripeClient::try_new(Options::with_key("rk_test_…".into()))?;
//! let answer = stripe.subscription("sub_1").await?;
//! let subscription = stripe_event::Subscription::parse(answer.value.bytes())?.object;
//! println!("{} about {}", subscription.status.as_str(), answer.date);
//! # Ok(())
//! # }
//! ```
//!
//! # What the key must be allowed
//!
//! A [restricted key](https://docs.stripe.com/keys#limit-access) is enough: *read* on Customers, Subscriptions, Invoices, Payment
//! Intents, Events and Webhook Endpoints, and *write* on Customer portal for [`StripeClient::portal_session`], the only call that
//! makes anything. A key without one of these fails with [`ClientError::Forbidden`], in that call only.
//!
//! # Invariants
//!
//! - Every answer has the time at which Stripe gave it by its own clock, and how long it took: what a read needs to be a fact.
//! - Objects come as Stripe sent them ([`RawObject`]), for the tolerant readers of `stripe-event`; a field that a newer version
//!   added, or an older one lacks, fails nothing here.
//! - A call is tried again where that can help and is safe: no answer in time, 409, 424, 429 and 5xx, with growing pauses, and not
//!   before Stripe's `Retry-After`. A POST bears the same idempotency key each time.
//! - What Stripe asked for by `Retry-After` holds for every clone of a client, also for the next question.
//! - The key is in no error, no log line and no `Debug` text. Redirects are not followed.
//!
//! # Not here
//!
//! No decision what an answer means, no cursor, no schedule.

#![forbid(unsafe_code)]

mod answer;
mod client;
mod error;
mod events;
mod lists;
mod objects;
mod pause;
mod permission;
mod portal;
mod transport;
mod webhook_endpoints;

pub use answer::{Answer, Page, RawObject};
pub use client::{KeyMode, MAX_PAGE_SIZE, Options, StripeClient};
pub use error::ClientError;
pub use events::EventQuery;
pub use lists::Pages;
pub use permission::Permission;
pub use webhook_endpoints::WebhookEndpoint;
