//! Convergence: in whatever order, however often and however late Stripe delivers, Dunlin ends in Stripe's truth, and
//! owes each notice once. It is shown on random lifecycles, first with pure functions, then on the real server.
//!
//! `DUNLIN_SEED` chooses the first seed, and `DUNLIN_PROVE=1` multiplies the counts (`just prove`). The tests print
//! what they tried: run them with `--nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a proof stops at what is wrong, prints what it tried, and its size is the caller's to choose"
)]

mod claims;
mod compaction;
mod conclusions;
mod conclusions_real;
mod crash;
mod history;
mod loss;
mod lost;
mod naive;
mod old_rules;
mod pooled;
mod pure;
mod racing;
mod racing_real;
mod reads;
mod real;
mod rules;
mod shrink;
mod size;
#[path = "../support/mod.rs"]
mod support;

/// The default database of the servers.
const DATABASE: support::Database = support::Database::Sqlite;
