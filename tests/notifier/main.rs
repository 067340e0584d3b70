//! The notifier under faults: a mail server that breaks off at every point of a conversation, and workers that are
//! killed and stopped. The mail server's own log is the judge.
//!
//! `DUNLIN_SEED` chooses the faults, and `DUNLIN_PROVE=1` multiplies their number (`just prove`). The tests print what
//! they tried: run them with `--nocapture`.
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

/// The default database of the servers.
const DATABASE: support::Database = support::Database::Sqlite;
