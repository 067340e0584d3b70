//! The store on SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests say what is wrong by failing"
)]

mod asking;
mod bounces;
mod claims;
mod clicks;
mod compact;
mod drift;
mod ledger;
mod outbox;
mod payers;
mod support;
mod watching;

const ON_POSTGRES: bool = false;
