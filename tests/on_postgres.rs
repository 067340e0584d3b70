//! The same tests on PostgreSQL, except for those that need a database of their own.
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

/// The database that the servers of these tests use.
const DATABASE: support::Database = support::Database::Postgres;
