//! The doctor: what about the configuration here and at Stripe loses events, or is about to.
//!
//! [`check_up()`] looks at our own side first, for a person who asks; [`Doctor::examine`] asks whoever else can be asked, which a
//! server does by itself. What the answers mean is decided by pure functions, a file for each group of checks. Every check has a
//! finding, also where all is well, so that what was looked at can be seen.
//!
//! Without an API key only what can be seen from here is looked at, and the report says what was not.

mod causes;
mod check_up;
mod clock_skew;
mod configuration;
mod database;
mod deliveries;
mod disk;
mod endpoint;
mod errand;
mod event_types;
mod examination;
mod finding;
mod key;
mod mail_server;
mod mails;
mod outage;
mod reach;

pub use check_up::check_up;
pub use errand::Examining;
pub use examination::Doctor;
pub use finding::{Finding, Report, Severity};
