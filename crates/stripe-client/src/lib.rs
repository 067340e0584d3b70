//! A client for Stripe's API that reads objects, lists events and creates billing links, and reports when an answer was
//! true.
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
//! # Permissions of the key
//!
//! A [restricted key](https://docs.stripe.com/keys#limit-access) is enough: *read* on Customers, Subscriptions,
//! Invoices, Payment Intents, Events and Webhook Endpoints, and *write* on Customer portal for
//! [`StripeClient::portal_session`], the only call that creates anything. Without one of these permissions, only the
//! calls that need it fail, with [`ClientError::Forbidden`].
//!
//! # Invariants
//!
//! - Every answer has its time by Stripe's own clock and its round-trip time. A read needs both to become a fact.
//! - Objects come as Stripe sent them ([`RawObject`]), for the tolerant readers of `stripe-event`. A field that a newer
//!   version adds or an older one lacks causes no error here.
//! - A call is retried if that can help and is safe: after no answer in time, 409, 424, 429 and 5xx, with growing
//!   pauses, and not before Stripe's `Retry-After`. A POST carries the same idempotency key each time.
//! - A `Retry-After` holds for every clone of a client, and for the next request too.
//! - The key is in no error, no log line and no `Debug` text. Redirects are not followed.
//!
//! # Not here
//!
//! No decision about the meaning of an answer, no cursor, no schedule.

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
