//! Dunlin's server: the HTTP routes, the path of a webhook, configuration, and the command line.
//!
//! A webhook goes through four rooms in one direction. The door (`routes/stripe_webhook.rs`) verifies raw bytes. The
//! desk ([`intake::accept`]) reads the body and its facts (`stripe-facts`). The [committer](intake::Committer) posts
//! batches to the ledger in the `persistence` crate. Notices wait in the outbox for the `workers`. The receipt comes
//! back the same way and is the answer.
//!
//! ```no_run
//! # async fn demo() -> Result<(), server::app::ServeError> {
//! use server::{app::{Role, Running}, config::{Config, environment}};
//!
//! let loaded = Config::load(None, &environment())?;
//! let running = Running::start(&loaded.config, Role::All).await?;
//! running.run_until_signal().await
//! # }
//! ```
//!
//! # Invariants
//!
//! - Nothing is written before the signature over the raw body is good.
//! - 200 is answered after the commit, and only then. Any other answer leaves no trace.
//! - A verified event is never refused for what it says.
//! - The clock is read in [`intake::clock`] alone; the environment in [`config`] alone.
//!
//! # Not here
//!
//! No SQL, and no rule of what a subscription is.

#![forbid(unsafe_code)]

pub mod app;
pub mod auth;
pub mod bounces;
mod check_up;
pub mod cli;
pub mod config;
mod examining;
pub mod form;
mod http_server;
pub mod lookup;
pub mod metrics;
pub mod notifier;
pub mod opening;
pub mod problem;
pub mod readiness;
pub mod reconciling;
pub mod routes;
pub mod stop_signal;
pub mod stripe_api;
pub mod telemetry;
pub mod views;
mod working;
