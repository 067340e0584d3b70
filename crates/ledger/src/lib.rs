//! What a delivery, a read or a binding changes: a customer's record, decisions about its tenant, the notices owed,
//! drift, the timeline, and a notice's way through the outbox. Pure: no SQL, no clock, no async.
//!
//! A [`CustomerRecord`] holds what is stored of one customer. It is loaded, changed by facts, claims and time, and then
//! gives its [`Changes`] to whoever stores them:
//!
//! ```
//! use ledger::{CustomerKey, CustomerRecord, Source, TenantRecord, Terms, Told, UnixMicros};
//! use subscription::facts::{Before, Cause, Change, Details, Fact, Snapshot, SubscriptionFact};
//! use subscription::{EventId, Status, SubscriptionId, TenantId, TenantIdError, UnixSeconds};
//!
//! let now = UnixMicros::new(1_700_000_000_000_000);
//! let key = CustomerKey::new("cus_1", "", false);
//! let mut record = CustomerRecord::default();
//! record.hold(TenantRecord::new(TenantId::parse("acme")?, now));
//!
//! let ended = Fact::Subscription {
//!     id: SubscriptionId::new("sub_1"),
//!     fact: SubscriptionFact::Change(Change {
//!         event: EventId::new("evt_1"), created: UnixSeconds::new(10), cause: Cause::Deleted, before: Before::Unknown,
//!         after: Snapshot::of_status(Status::Canceled), details: Details::default(), details_before: None,
//!     }),
//! };
//! let told = Told { event: None, facts: &[ended], source: Source::Webhook };
//! record.learn(&key, told, &Terms::default(), now);
//!
//! let changes = record.take_changes(now);
//! let owed: Vec<_> = changes.owed.iter().map(|notice| notice.content.kind()).collect();
//! assert_eq!(owed, ["churn_alert", "subscription_canceled"]);
//! # Ok::<(), TenantIdError>(())
//! ```
//!
//! # Invariants
//!
//! - A change is decided from what is stored, the terms and the time given. Nothing else is asked.
//! - A notice has the same key whenever it is owed, and in whatever order the facts came.
//! - Without a tenant nothing is owed.
//! - No claim by an object of Stripe moves a customer that is bound. It moves a bound tenant only with
//!   [`Terms::rebind_when_ended`], once all subscriptions of the tenant's customer have ended.
//! - An answer of Stripe is learned only if no known fact can be younger.
//!
//! # Not here
//!
//! No rule about the meaning of Stripe's facts (that is `subscription`). No row, no lock and no transaction (those are
//! `persistence`).

#![forbid(unsafe_code)]

mod cause;
mod contact;
mod delivery;
mod drift;
mod earlier;
mod key;
mod new_notice;
mod notice_state;
mod objection;
mod observation;
mod proposal;
mod read;
mod record;
mod sending;
mod source;
mod tenant;
mod terms;
mod timeline;

pub use cause::Cause;
pub use contact::{Contact, Role};
pub use delivery::{Delivery, EventRecord, Outcome, PayerClue, Receipt};
pub use drift::{DriftEntry, DriftKind};
pub use earlier::Premise;
pub use key::{CustomerKey, EventKey, Scope, UnixMicros};
pub use new_notice::{NewNotice, dedupe_key};
pub use notice_state::NoticeState;
pub use objection::{Objections, Rejection};
pub use observation::{Observation, ObservationOutcome};
pub use proposal::{HeldBinding, ProposalState, ProposedBinding, proposal_state};
pub use read::{NextRead, ReadReason, ReadSettlement};
pub use record::{Bindable, BoundNow, Changes, ClaimedTenant, CustomerRecord, Known, NewProposal, ReadChange, TenantChange, Told};
pub use sending::{ClaimTerms, Delay, End, OnUnknown, Sending, Settlement};
pub use source::Source;
pub use tenant::{TenantRecord, TenantUpdate};
pub use terms::Terms;
pub use timeline::TimelineNote;
