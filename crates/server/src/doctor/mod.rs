//! The doctor: what about the configuration here and at Stripe loses events, or is about to.
//!
//! [`Doctor::examine`] asks whoever can be asked; what the answers mean is decided by pure functions, a file for each group of
//! checks. Every check has a finding, also where all is well, so that what was looked at can be seen.
//!
//! Without an API key only what can be seen from here is looked at, and the report says what was not.

mod clock_skew;
mod deliveries;
mod endpoint;
mod errand;
mod event_types;
mod examination;
mod finding;
mod key;
mod mails;
mod outage;
mod reach;

pub use errand::Examining;
pub use examination::Doctor;
pub use finding::{Finding, Report, Severity};
