//! The API's JSON: what callers see, apart from how it is stored.

use ::subscription::UnixSeconds;
use jiff::Timestamp;
use persistence::UnixMicros;

mod access;
mod address;
mod bounce;
mod drift;
mod event;
mod notice;
mod page;
mod pending_read;
mod proposal;
mod report;
mod subscription;
mod tenant;
mod timeline;
pub(crate) mod words;

pub(crate) use access::AccessView;
pub(crate) use address::SuppressedAddressView;
pub(crate) use bounce::{BounceView, BouncedView, BouncesView};
pub(crate) use drift::DriftView;
pub(crate) use event::EventView;
pub(crate) use notice::NoticeView;
pub(crate) use page::Page;
pub(crate) use pending_read::PendingReadView;
pub(crate) use proposal::ProposalView;
pub use report::ReportView;
pub(crate) use tenant::TenantView;
pub(crate) use timeline::TimelineView;

/// Formats a moment as RFC 3339 in UTC, in whole seconds.
fn at(moment: UnixSeconds) -> Option<String> {
    Timestamp::from_second(moment.as_secs()).ok().map(|moment| moment.to_string())
}

/// Formats a moment as RFC 3339 in UTC, to the microsecond.
pub(crate) fn at_micros(moment: UnixMicros) -> String {
    wording::moment(moment.as_micros())
}

/// Converts the domain's times in Unix seconds to RFC 3339 for callers.
fn readable(what: &str, value: Option<&str>) -> Option<String> {
    let value = value?;
    match (what, value.parse::<i64>()) {
        ("trial_end" | "cancel_at" | "uncertain_since" | "customer_deleted", Ok(secs)) => at(UnixSeconds::new(secs)),
        _ => Some(value.to_owned()),
    }
}
