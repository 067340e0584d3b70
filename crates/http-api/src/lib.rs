//! The HTTP API: what Stripe delivers to, what a SaaS's services ask, and what a monitoring system reads.
//!
//! [`HttpServer`] serves it on a socket. [`AppState`] holds the parts that the routes share; whoever runs the server
//! makes them. A webhook comes in at `routes/stripe_webhook.rs` and is handed to [`intake::accept`]; the receipt comes
//! back the same way and is the answer.
//!
//! ```no_run
//! use http_api::{ApiKeys, AppState, HttpServer};
//!
//! # async fn demo(state: AppState) -> std::io::Result<()> {
//! let listener = std::net::TcpListener::bind("127.0.0.1:8000")?;
//! let keys = ApiKeys::new(&["a long random text".into()]);
//! let mut server = HttpServer::start(listener, keys, state)?;
//! server.ended().await;
//! server.stop().await
//! # }
//! ```
//!
//! # Invariants
//!
//! - Nothing is written before the signature over the raw body is good.
//! - 200 is answered to a delivery after the commit, and only then. Any other answer leaves no trace.
//! - A verified event is never refused for what it says.
//! - Everything under `/api/v1` but the webhook and the API's own description asks for an API key, and so does
//!   `/metrics`.
//! - An error is a problem document (RFC 9457) with a code for programs, but for the pages of pay links, which people
//!   read.
//!
//! # Not here
//!
//! No SQL, no rule of what a subscription is, no schedule. No letters: the routes ask [`Mail`], which the binary
//! implements. No log: the lines are written by whoever sets up `tracing`.

#![forbid(unsafe_code)]

mod app_state;
mod auth;
mod body;
mod bounce_fate;
mod bounces;
mod http_server;
mod lookup;
mod mail;
mod metrics;
mod problem;
mod readiness;
mod routes;
#[cfg(test)]
mod tests;
mod views;

pub use app_state::AppState;
pub use auth::ApiKeys;
pub use body::{BODY_DEADLINE, Collected};
pub use http_server::HttpServer;
pub use lookup::Lookup;
pub use mail::{AddressFault, BounceReport, Mail, NoBounce, ReportSource};
pub use metrics::Metrics;
pub use readiness::Readiness;
pub use views::ReportView;
