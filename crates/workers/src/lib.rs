//! Workers that deliver the outbox's notices, record what falls due by time, and keep the database small.
//!
//! [`Notifier`] claims a due notice, has it written as a letter, hands it to the mail server and settles it.
//! [`Maintenance`] owes what falls due by time alone: a suspended access, an expired trial, a card about to expire, the
//! daily digest. It prunes and compacts. It needs no mail server. Both run under apalis monitors.
//!
//! [`PeriodicJobs`] are recurring work of other crates. Each has a worker of its own, and starts and stops like the
//! notifier.
//!
//! # Invariants
//!
//! - No part of a notice is handed over without its lease, and the row says so before the first byte of the letter
//!   goes.
//! - A claim counts as an attempt before any work is done. Every path out of a delivery settles it, or leaves it to the
//!   end of its lease.
//! - No database transaction is open during a conversation with a mail server.
//! - The outbox is the only queue: back-off, leases and attempts are in its rows. apalis runs the workers, their limits
//!   and their shutdown; it stores nothing.
//!
//! # Not here
//!
//! No decision whether a notice is still true (that is `persistence::claim`, by `subscription`), no wording (that is
//! `mail`), no clock: the caller passes it in.

#![forbid(unsafe_code)]

mod attempt_outcome;
mod claimed_notice;
mod clock_trust;
mod context;
mod delivery;
mod due_work;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a proof stops at what is wrong, and prints what it tried"
)]
mod histories;
mod housekeeping;
mod letter;
mod maintenance;
mod notifier;
mod outage;
mod periodic_jobs;
mod queue;
mod recipient_replies;
mod recipients;
mod refusals;
mod rules;
mod wake_handle;
mod worker_group;

pub use attempt_outcome::AttemptOutcome;
pub use context::{AttemptObserver, Clock, PayLinks};
pub use housekeeping::{compact, prune};
pub use maintenance::{Maintenance, RunningMaintenance};
pub use notifier::{Notifier, RunningNotifier};
pub use periodic_jobs::{PeriodicJob, PeriodicJobs, RunningPeriodicJobs};
pub use rules::{Rules, StaffAddresses};
pub use wake_handle::WakeHandle;
pub use worker_group::WorkersError;
