//! The real server, as its own process, over real sockets, on SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests say what is wrong by failing, and sign with the time of day"
)]

mod api;
mod asking;
mod backup;
mod bad_input;
mod bounces;
mod clock;
mod command_line;
mod crash;
mod delivery;
mod deploy;
mod described;
mod dev;
mod doctor;
mod door;
mod health;
mod import;
mod linking;
mod links;
mod logs;
mod mails;
mod metrics;
mod operator;
mod own_side;
mod races;
mod real_lives;
mod refusals;
#[path = "convergence/size.rs"]
mod size;
mod story;
mod support;
mod thin;
mod tidy;
mod unsaid;

/// The database that the servers of these tests use.
const DATABASE: support::Database = support::Database::Sqlite;
