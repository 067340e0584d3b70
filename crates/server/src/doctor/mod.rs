//! The doctor: anything about the configuration, here and at Stripe, that loses events or soon will.
//!
//! [`check_up()`] checks Dunlin's own side first, for a person who asks. [`Doctor::examine`] asks everyone else that
//! can be asked, and a server runs it by itself. Pure functions decide what the answers mean, with a file for each
//! group of checks. Every check has a finding, even if all is well, so that the report shows what was checked.
//!
//! Without an API key the doctor checks only what can be seen from here, and the report says what it left out.

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
