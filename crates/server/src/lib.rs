//! The binary `dunlin`: its command line, and the wiring of all parts.
//!
//! [`run`] does what a command line says. `dunlin serve` opens the database, starts the workers and what asks Stripe,
//! and serves the API of `http-api`.
//!
//! ```no_run
//! use clap::Parser;
//!
//! # fn demo() -> anyhow::Result<std::process::ExitCode> {
//! let command_line = server::CommandLine::parse();
//! server::run(command_line)
//! # }
//! ```
//!
//! # Invariants
//!
//! - It never serves without a webhook secret and an API key.
//! - The environment is read in [`configuration::environment`] alone, the clock in [`intake::clock`] alone.
//! - Each part is told to stop before the process ends, and a stop has an end.
//!
//! # Not here
//!
//! No setting (`configuration`), no route (`http-api`), no check of the doctor (`doctor`), no SQL, no wording of mails,
//! and no rule of what a subscription is.

#![forbid(unsafe_code)]

mod api_mail;
mod app;
mod check_up;
mod cli;
mod examining;
mod notifier;
mod opening;
mod reconciling;
mod stop_signal;
mod stripe_api;
mod working;

pub use cli::{CommandLine, complain, run};
