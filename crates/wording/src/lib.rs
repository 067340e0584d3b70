//! Errors, counts, moments, and Stripe's keys and ids in words. The doctor, the API, the configuration, the log and the
//! command line show them alike.
//!
//! ```
//! assert_eq!(wording::counted(2, "event", "events"), "2 events");
//! assert_eq!(wording::moment(1_798_761_600_000_000), "2027-01-01T00:00:00Z");
//! ```
//!
//! # Invariants
//!
//! - Everything is pure: nothing is read, and nothing is printed.
//!
//! # Not here
//!
//! No translation: people who operate Dunlin read English. The languages of customers are in `mail`.

#![forbid(unsafe_code)]

mod causes;
mod count;
pub mod form;
mod moment;

pub use causes::{causes, in_one_line};
pub use count::counted;
pub use moment::moment;
