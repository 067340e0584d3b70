//! The doctor: anything about the configuration, here and at Stripe, that loses events or soon will.
//!
//! [`check_up()`] checks Dunlin's own side first, for a person who asks. [`Doctor::examine`] asks everyone else that
//! can be asked, and a server runs it by itself. Pure functions decide what the answers mean, with a file for each
//! group of checks. Every check has a finding, even if all is well, so that the report shows what was checked.
//!
//! Without an API key the doctor checks only what can be seen from here, and the report says what it left out.
//!
//! ```
//! use doctor::{Finding, Report, Severity};
//! use persistence::UnixMicros;
//!
//! let settings = Finding::of(Severity::Error, "configuration", "no API key", "set DUNLIN_API_KEYS");
//! let disk = Finding::ok("disk", "there is room");
//! let first = Report { at: UnixMicros::new(0), findings: vec![disk, settings] };
//! assert_eq!(first.severity(), Severity::Error);
//! assert_eq!(first.news_since(None).len(), 1);
//! assert!(first.news_since(Some(&first)).is_empty());
//! ```
//!
//! # Invariants
//!
//! - The doctor changes nothing, neither here nor at Stripe.
//! - A check that cannot be made is a finding too, and leaves out no other check.
//! - Each question has an end: nobody is waited for longer than [`PATIENCE`].
//!
//! # Not here
//!
//! No schedule: a server runs it by `workers`. No look at the settings and at the mail server: whoever asks for a
//! check-up brings these ([`OwnSide`]), because only the binary knows them.

#![forbid(unsafe_code)]

mod check_up;
mod clock_skew;
mod database;
mod deliveries;
mod disk;
mod endpoint;
mod event_types;
mod examination;
mod finding;
mod key;
mod mails;
mod options;
mod outage;
mod reach;

pub use check_up::{OwnSide, StripeAccess, check_up};
pub use examination::{Doctor, PATIENCE};
pub use finding::{Finding, Report, Severity};
pub use options::Options;
