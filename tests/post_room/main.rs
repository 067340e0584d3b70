//! The post room under faults: a mail server that breaks off at every point of a conversation, workers that are killed and
//! stopped, and the mail server's own log as the judge.
//!
//! `DUNLIN_SEED` chooses the faults, `DUNLIN_PROVE=1` multiplies their number (`just prove`). What was tried is printed: run
//! with `--nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a proof stops at what is wrong, prints what it tried, and its size is the caller's to choose"
)]

mod faults;
mod leases;
mod notices;
mod silent;
#[path = "../convergence/size.rs"]
mod size;
#[path = "../support/mod.rs"]
mod support;

/// What servers keep their data on where a test does not say.
const DATABASE: support::Database = support::Database::Sqlite;
