//! The only crate that knows SQL: it stores Stripe's facts, the state they fold to, and the notices owed for it.
//!
//! Its centre is one unit of work, [`Store::post`]: a batch of verified deliveries is recorded, folded and written in
//! one transaction, with a few statements per table however large the batch.
//!
//! ```no_run
//! # async fn demo() -> Result<(), persistence::StoreError> {
//! use persistence::{Store, UnixMicros};
//!
//! let store = Store::connect("sqlite://dunlin.db").await?;
//! store.migrate().await?;
//! let receipts = store.post(&[], UnixMicros::new(0)).await?;
//! # let _ = receipts; Ok(())
//! # }
//! ```
//!
//! # Invariants
//!
//! - Once [`Store::post`] or [`Tenants::put`] returns, its result is on the disk. A failed call leaves no trace.
//! - State is only ever written as the fold of all facts, under the lock of its customer's row. Customers are locked in
//!   the order of their keys.
//! - A notice is inserted in the transaction of the change that owes it, under a key that stays unique forever.
//! - Facts are deleted only in exchange for a baseline that gives the same answers.
//! - Nothing but SQL is awaited inside a unit of work.
//! - An answer of Stripe ([`Store::observe`]) is learned only if no known fact can be younger. If it shows something
//!   that no webhook delivered, that is recorded as drift.
//! - No claim by an object of Stripe moves a customer that is bound. It moves a bound tenant only with
//!   [`Terms::rebind_when_ended`], once all subscriptions of the tenant's customer have ended.
//!
//! # Not here
//!
//! No rule about the meaning of Stripe's facts (that is `subscription`), no clock (`now` is an argument), no JSON of
//! Stripe.

#![forbid(unsafe_code)]

mod address;
mod audit;
mod binding;
mod bounce;
mod cache;
mod claim;
mod claimed_tenant;
mod compact;
mod connections;
mod contact;
mod copy;
#[cfg(feature = "crash-points")]
mod crash_point;
mod customer_record;
mod database_files;
mod delivery_hour;
mod digest;
mod drift;
mod due_work;
mod entity;
mod error;
mod gauges;
mod handles;
mod inbox;
mod invoice;
mod known;
mod lease;
mod mail_outage;
mod mail_recipient;
mod objections;
mod observe;
mod outbox;
mod payer;
mod post;
mod postgres;
mod proposal;
mod prune;
mod read_task;
mod reading;
mod reconciliation;
mod refold;
mod restore_target;
mod rows;
mod rules;
mod server_time;
mod settle;
mod soundness;
mod sqlite;
mod store;
mod tenant;
mod tenant_customer;
mod tenant_update;
mod timeline;
mod unit;

/// What units of work take and return, and the rules that they follow.
pub use ledger::{
    Cause, ClaimTerms, Contact, CustomerKey, Delivery, DriftEntry, DriftKind, EventKey, EventRecord, NextRead, NoticeState,
    Objections, Observation, ObservationOutcome, OnUnknown, Outcome, ProposalState, ReadReason, ReadSettlement, Receipt, Rejection,
    Role, Scope, Settlement, Source, TenantRecord, TenantUpdate, Terms, UnixMicros,
};

pub use address::SuppressedAddress;
pub use audit::AuditedCustomer;
pub use binding::Binding;
pub use bounce::{Bounce, BounceOutcome, BouncedMail};
pub use claim::{Claim, Claimed, Lease};
pub use compact::CompactionCandidate;
pub use copy::DatabaseCopy;
#[cfg(feature = "crash-points")]
pub use crash_point::crash_point;
pub use delivery_hour::{DeliveryHour, SignedBy};
pub use drift::{Drift, DriftFilter};
pub use error::StoreError;
pub use gauges::Gauges;
pub use handles::{Drifts, Inbox, Outbox, Proposals, Reads, Tenants};
pub use inbox::{EventFilter, ReceivedEvent};
pub use invoice::KnownInvoice;
pub use lease::{Backoff, worker_name};
pub use mail_outage::MailOutage;
pub use mail_recipient::{BouncedRecipient, HandedOver, MailRecipient};
pub use outbox::{NoticeFilter, OwedNotice};
pub use payer::UnclaimedCharge;
pub use postgres::{Pooler, PostgresOptions};
pub use proposal::{Decision, Proposal, ProposalFilter};
pub use read_task::{PendingRead, ReadFilter, ReadLease, ReadTask};
pub use reconciliation::Cursor;
pub use restore_target::{RestoreTarget, TargetState};
pub use sqlite::database_file;
pub use store::Store;
pub use tenant::{Tenant, TenantState};
pub use tenant_update::Put;
pub use timeline::TimelineEntry;

/// A named point at which a test can kill the process: see the feature `crash-points`. Without the feature it does
/// nothing.
#[cfg(not(feature = "crash-points"))]
#[inline]
pub fn crash_point(_: &'static str) {}
