//! An owed notice, as callers see it.

use persistence::OwedNotice;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{NoticeAudience, NoticeKind, NoticeStatus};
use super::{BouncedView, at_micros};

/// A notice that is owed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    id: i64,
    dedupe_key: String,
    tenant_id: String,
    #[schema(value_type = NoticeKind)]
    kind: &'static str,
    #[schema(value_type = NoticeAudience)]
    audience: String,
    #[schema(value_type = NoticeStatus)]
    state: &'static str,
    /// The reason why it is held back, failed, was superseded or given up.
    reason: Option<String>,
    /// The time at which it is due, or, if a worker has it, at which the lease ends.
    due_at: String,
    /// The number of tries.
    attempts: i64,
    /// The addresses it was delivered to.
    delivered_to: Vec<String>,
    /// Those of the addresses that it did not reach after all.
    bounced: Vec<BouncedView>,
    /// The time at which it was settled.
    settled_at: Option<String>,
    event_id: Option<String>,
    created_at: String,
    /// The content of the mail, as it was decided; its fields depend on `kind`.
    #[schema(value_type = Object)]
    notice: subscription::notices::NoticeContent,
}

impl NoticeView {
    /// Makes the view of a notice.
    pub(crate) fn of(owed: OwedNotice) -> Self {
        Self {
            id: owed.id,
            dedupe_key: owed.dedupe_key,
            tenant_id: owed.tenant_id,
            kind: owed.content.kind(),
            audience: owed.audience,
            state: owed.state.as_str(),
            reason: owed.reason,
            due_at: at_micros(owed.due_at),
            attempts: owed.attempts,
            delivered_to: owed.delivered_to,
            bounced: owed.bounced.into_iter().map(BouncedView::of).collect(),
            settled_at: owed.settled_at.map(at_micros),
            event_id: owed.event.map(|event| event.to_string()),
            created_at: at_micros(owed.created_at),
            notice: owed.content,
        }
    }
}
