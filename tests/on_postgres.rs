//! The same on PostgreSQL: all that does not ask for a database of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests say what is wrong by failing, and sign with the time of day"
)]

mod api;
mod asking;
mod bad_input;
mod clock;
mod crash;
mod delivery;
mod doctor;
mod dump;
mod failover;
mod import;
mod linking;
mod links;
mod logs;
mod mails;
mod metrics;
mod races;
mod silent;
#[path = "convergence/size.rs"]
mod size;
mod startup;
mod story;
mod support;
mod upgrade;

/// What the servers of these tests keep their data on.
const DATABASE: support::Database = support::Database::Postgres;
