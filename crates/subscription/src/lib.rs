//! A tenant's Stripe subscription as a pure function of the facts known about it.
//!
//! Stripe delivers its events at least once, in no order, for days, and stamps them in whole seconds. So nothing here is
//! patched as events come in. What each event told is a [`Fact`]; facts about a [`Customer`] only add up; and everything
//! else is computed from the set of them: the [`CustomerState`], the [`access`] that it grants, and the [`Notice`]s that a
//! change owes. Sets do not care about order or repetition, and so neither does any answer of this crate.
//!
//! # Use
//!
//! Feed it facts, ask what the tenant may do:
//!
//! ```
//! use subscription::*;
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
//! What a change owes is the difference between two standings:
//!
//! ```
//! # use subscription::*;
//! # let mut customer = Customer::default();
//! # let fact = Fact::Subscription {
//! #     id: SubscriptionId::new("sub_1"),
//! #     fact: SubscriptionFact::Change(Change {
//! #         event: EventId::new("evt_1"), created: UnixSeconds::new(10), cause: Cause::Deleted, before: Before::Unknown,
//! #         after: Snapshot::of_status(Status::Canceled), details: Details::default(), details_before: None,
//! #     }),
//! # };
//! let before = customer.standing();
//! customer.learn(fact); // the subscription was deleted
//! let kinds: Vec<_> = customer.standing().owed_since(&before).iter().map(Notice::kind).collect();
//! assert_eq!(kinds, ["churn_alert", "subscription_canceled"]);
//! ```
//!
//! What was read of Stripe's API is weighed before it is learned, for it may be older than what is known already:
//!
//! ```
//! # use subscription::*;
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
//! - The order in which facts are learned, and learning one twice, changes no answer.
//! - With every event of a subscription known, [`fold`] gives what Stripe has: for any number of changes in one second.
//! - `canceled` and `incomplete_expired` absorb.
//! - [`Customer::compacted`] changes no answer, now or after whatever is learned of later seconds.
//! - Where facts are missing and the model can tell, the answer says so: [`Folded::gap`], [`Folded::doubt`].
//! - No order of delivery owes a notice that the true order would not have owed, and each notice that closes something is
//!   owed exactly once.
//!
//! # Not here
//!
//! No I/O, no clock, no randomness, no async, no logging, and no knowledge of Stripe's JSON.

#![forbid(unsafe_code)]

mod access;
mod baseline;
mod card;
mod claim;
mod customer;
mod dispute;
mod due;
mod dunning;
mod effective;
mod ending;
mod fact;
mod fold;
mod happened;
mod id;
mod invoice;
mod memo;
mod money;
mod newest;
mod notice;
mod observed;
mod profile;
mod reading;
mod schedule;
mod snapshot;
mod standing;
mod state;
mod status;
mod time;

pub use access::{Access, Policy, Reason, Then, access};
pub use baseline::Baseline;
pub use card::{Card, CardShown};
pub use claim::{ClaimSource, TenantClaim};
pub use customer::{Customer, Fact};
pub use dispute::{Dispute, DisputeId};
pub use due::DueNotice;
pub use dunning::{ActionRequired, Closed, Dunning, DunningCase, case};
pub use fact::{Before, Cause, Change, Facts, Read, Renewal, SubscriptionFact};
pub use fold::{Doubt, Folded, fold};
pub use id::{ChargeId, CustomerId, EventId, InvoiceId, PaymentMethodId, SubscriptionId, TenantId, TenantIdError};
pub use invoice::{Failures, Invoice, InvoiceCause, InvoiceFact, InvoiceStatus, Payment, Shown};
pub use money::Money;
pub use notice::{
    Audience, DisputedPayment, EndCause, Ending, ExpiringCard, FailedPayment, Notice, PausedSubscription, RenewalPayment,
    SentInvoice, SetEnd, UncollectedInvoice,
};
pub use observed::Observed;
pub use profile::{CustomerProfile, ProfileBefore, ProfileVersion};
pub use reading::Reading;
pub use schedule::Schedule;
pub use snapshot::{Details, Item, Snapshot};
pub use standing::{Standing, Superseded};
pub use state::{CollectionPause, CustomerState, Difference, Doubted, Pause, SubscriptionState};
pub use status::Status;
pub use time::UnixSeconds;
