//! Who is owed a mail about what: the notices that stand, those that a change owes, and those that fall due by time.
//!
//! [`Customer::standing`](crate::Customer::standing) gives the [`Standing`]. A change owes the difference of two
//! standings: [`Standing::owed_since`]. Nothing here sends mail.

mod due;
mod ending;
mod happened;
mod notice;
mod notice_content;
mod standing;

pub use due::DueNotice;
pub use notice::{
    Audience, DisputedPayment, EndCause, Ending, ExpiringCard, FailedPayment, Notice, PausedSubscription, RenewalPayment,
    SentInvoice, SetEnd, UncollectedInvoice,
};
pub use notice_content::{Digest, DriftAlert, DriftedThing, NoticeContent, StaffNotice, StuckNotice, UnknownPayer};
pub use standing::{Standing, Superseded};
