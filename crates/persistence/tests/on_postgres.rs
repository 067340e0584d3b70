//! The store on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests say what is wrong by failing"
)]

mod asking;
mod bounces;
mod by_customer;
mod claims;
mod clicks;
mod compact;
mod drift;
mod durable;
mod ledger;
mod outbox;
mod payers;
mod silent;
mod support;
mod together;
mod watching;

const ON_POSTGRES: bool = true;
