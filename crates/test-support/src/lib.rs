//! What tests of several crates start beside the code under test: private PostgreSQL servers, poolers, balancers, a
//! cluster that fails over, a network that goes silent, and mail servers. Each ends with the process that started it.
//!
//! Only tests and benchmarks depend on this crate. What it cannot start, it fails for: it never skips.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::missing_errors_doc,
    reason = "a test fails where something cannot be started"
)]

pub mod cargo;
pub mod haproxy;
pub mod patroni;
pub mod pgbouncer;
pub mod ports;
pub mod postgres;
mod programs;
pub mod proxy;
pub mod smtp;
