//! What Stripe told: the facts, the set of them, and what the set of a subscription folds to.
//!
//! A fact comes from one event or one API read. Facts are only ever added. A [`Facts`] holds those about one
//! subscription, and [`fold`] computes the present state of the subscription from them. An [`Invoice`], a [`Card`] and
//! every other object is the join of all reports about it.
//!
//! [`Customer`](crate::Customer) holds the facts about one customer.

mod answers;
mod baseline;
mod card;
mod claim;
mod compaction;
mod dispute;
mod fact;
mod fold;
mod folded;
mod invoice;
mod memo;
mod newest;
mod observed;
mod profile;
mod reading;
mod schedule;
mod set;
mod snapshot;
mod subscription_fact;

pub use baseline::Baseline;
pub use card::{Card, CardShown};
pub use claim::{ClaimSource, TenantClaim};
pub use dispute::Dispute;
pub use fact::Fact;
pub use fold::fold;
pub use folded::{Doubt, Folded};
pub use invoice::{Failures, Invoice, InvoiceCause, InvoiceFact, InvoiceStatus, Payment, Shown};
pub use observed::Observed;
pub use profile::{CustomerProfile, ProfileBefore, ProfileVersion};
pub use reading::Reading;
pub use schedule::Schedule;
pub use set::Facts;
pub use snapshot::{Details, Item, Snapshot};
pub use subscription_fact::{Before, Cause, Change, Read, Renewal, SubscriptionFact};
