//! A tenant's Stripe subscription as a pure function of the facts known about it.
//!
//! Stripe delivers each event at least once, in no particular order, for days, and stamps it in whole seconds. So this
//! crate does not patch a state as events arrive. Each event becomes a [`facts::Fact`]. Facts about a [`Customer`] are
//! only ever added. Everything else is computed from the set of them. A set has no order and no repetition, so neither
//! affects any answer of this crate.
//!
//! | module | question |
//! |---|---|
//! | [`facts`] | What did Stripe tell? |
//! | [`state`] | What is true now? |
//! | [`access`](mod@access) | May the tenant use the service, until when, and why? |
//! | [`notices`] | Who is owed a mail about what? |
//!
//! The root has what all of them speak of: the customer, the ids, the status, money and time.
//!
//! # Use
//!
//! Add facts, then ask what the tenant may do:
//!
//! ```
//! use subscription::access::{Policy, access};
//! use subscription::facts::{Before, Cause, Change, Details, Fact, Snapshot, SubscriptionFact};
//! use subscription::{Customer, EventId, Status, SubscriptionId, UnixSeconds};
//!
//! let told = |event: &str, created, before, after: &Snapshot| Fact::Subscription {
//!     id: SubscriptionId::new("sub_1"),
//!     fact: SubscriptionFact::Change(Change {
//!         event: EventId::new(event),
//!         created: UnixSeconds::new(created),
//!         cause: if before == Before::Nothing { Cause::Created } else { Cause::Updated },
//!         before,
//!         after: after.clone(),
//!         details: Details::default(),
//!         details_before: None,
//!     }),
//! };
//! let incomplete = Snapshot::of_status(Status::Incomplete);
//! let active = Snapshot::of_status(Status::Active);
//!
//! // Both events carry the same second, and the creation is delivered last.
//! let mut customer = Customer::default();
//! customer.learn(told("evt_2", 10, Before::Known(Box::new(incomplete.clone())), &active));
//! customer.learn(told("evt_1", 10, Before::Nothing, &incomplete));
//!
//! let state = customer.state();
//! assert_eq!(state.status(), Some(&Status::Active));
//!
//! let decision = access(&state, &Policy::default(), UnixSeconds::new(20));
//! assert!(decision.allowed);
//! assert_eq!(decision.reason.code(), "active");
//! ```
//!
//! The notices that a change owes are the difference between two standings:
//!
//! ```
//! # use subscription::facts::{Before, Cause, Change, Details, Fact, Snapshot, SubscriptionFact};
//! # use subscription::{Customer, EventId, Status, SubscriptionId, UnixSeconds};
//! use subscription::notices::Notice;
//! # let mut customer = Customer::default();
//! # let fact = Fact::Subscription {
//! #     id: SubscriptionId::new("sub_1"),
//! #     fact: SubscriptionFact::Change(Change {
//! #         event: EventId::new("evt_1"), created: UnixSeconds::new(10), cause: Cause::Deleted,
//! #         before: Before::Unknown, after: Snapshot::of_status(Status::Canceled),
//! #         details: Details::default(), details_before: None,
//! #     }),
//! # };
//! let before = customer.standing();
//! customer.learn(fact); // the subscription was deleted
//! let kinds: Vec<_> = customer.standing().owed_since(&before).iter().map(Notice::kind).collect();
//! assert_eq!(kinds, ["churn_alert", "subscription_canceled"]);
//! ```
//!
//! An API read may be older than what is known already, so it is weighed before it is added:
//!
//! ```
//! # use subscription::facts::{Details, Fact, Read, Snapshot, SubscriptionFact};
//! # use subscription::{Customer, Status, SubscriptionId, UnixSeconds};
//! use subscription::facts::Reading;
//! # let mut customer = Customer::default();
//! # let id = SubscriptionId::new("sub_1");
//! # let read = |not_before| Read {
//! #     not_before: UnixSeconds::new(not_before), not_after: UnixSeconds::new(not_before + 3),
//! #     snapshot: Snapshot::of_status(Status::Active), details: Details::default(),
//! # };
//! assert_eq!(customer.weigh(&id, &read(20)), Reading::Tells);
//! customer.learn(Fact::Subscription { id: id.clone(), fact: SubscriptionFact::Read(read(20)) });
//! assert_eq!(customer.weigh(&id, &read(30)), Reading::Agrees);
//! ```
//!
//! # Invariants
//!
//! - The order of facts and their repetition change no answer.
//! - With every event of a subscription known, [`facts::fold`] gives Stripe's own state, for any number of changes in
//!   one second.
//! - `canceled` and `incomplete_expired` absorb.
//! - [`Customer::compacted`] changes no answer, now or after any fact about later seconds.
//! - If facts are missing and the model can tell, the answer says so: [`facts::Folded::gap`],
//!   [`facts::Folded::doubt`].
//! - No order of delivery owes a notice that the true order would not have owed. Each notice that closes something is
//!   owed exactly once.
//!
//! # Not here
//!
//! No I/O, no clock, no randomness, no async, no logging, and no knowledge of Stripe's JSON.

#![forbid(unsafe_code)]

pub mod access;
pub mod facts;
pub mod notices;
pub mod state;
#[cfg(feature = "testing")]
pub mod testing;

mod customer;
mod ids;
mod money;
mod status;
mod time;

pub use customer::Customer;
pub use ids::{ChargeId, CustomerId, DisputeId, EventId, InvoiceId, PaymentMethodId, SubscriptionId, TenantId, TenantIdError};
pub use money::Money;
pub use status::Status;
pub use time::{DAY_SECS, UnixSeconds};

/// The examples of the README are tested as those of the crate are.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
