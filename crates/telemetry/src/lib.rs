//! The log: readable lines on a terminal, one JSON object a line otherwise.
//!
//! ```
//! use telemetry::LogFormat;
//!
//! let logging = telemetry::start("info", LogFormat::Json);
//! tracing::info!(address = "127.0.0.1:8000", "listening");
//! // All lines are written when it is dropped, at the latest.
//! drop(logging);
//! assert_eq!(telemetry::dropped_lines(), 0);
//! ```
//!
//! # Invariants
//!
//! - Logging does not block. If lines come faster than they can be written, or nobody reads them, they are dropped and
//!   counted.
//! - No line contains the user or the password of a URL, whoever wrote it.
//! - A JSON line with an error also has the error's causes.
//!
//! # Not here
//!
//! It does not decide what is logged: other crates use `tracing`, and log ids, never an address, a body or a secret. It
//! reads no settings: `server` passes the filter and the format. Metrics are in `http-api`.

#![forbid(unsafe_code)]

mod format;
mod json;
mod logging;
mod redaction;

pub use format::LogFormat;
pub use logging::{Logging, dropped_lines, start};
