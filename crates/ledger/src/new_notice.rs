//! Notices as they become owed.

use subscription::notices::{Notice, NoticeContent, StaffNotice};
use subscription::{CustomerId, EventId, InvoiceId, TenantId};

use crate::{CustomerKey, Scope, UnixMicros};

/// A notice that is owed from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// The key that makes the notice unique.
    pub dedupe_key: String,
    /// The account and mode that it is about; one's own account in test mode if it is about none.
    pub scope: Scope,
    /// The customer that it is about.
    pub customer: Option<CustomerId>,
    /// The tenant that it is about.
    pub tenant: Option<TenantId>,
    /// The content.
    pub content: NoticeContent,
    /// The time when it is due.
    pub due_at: UnixMicros,
    /// The event that it follows from.
    pub event: Option<EventId>,
    /// The time of the decision.
    pub created_at: UnixMicros,
    /// The reason why it is never sent. It is only recorded.
    pub superseded: Option<&'static str>,
}

impl NewNotice {
    /// Makes a notice to a tenant about its customer.
    pub fn to_tenant(key: &CustomerKey, tenant: &TenantId, notice: Notice, due_at: UnixMicros, now: UnixMicros) -> Self {
        let dedupe_key = dedupe_key(&key.scope, tenant.as_str(), &notice.key());
        Self {
            scope: key.scope.clone(),
            customer: Some(key.id.clone()),
            tenant: Some(tenant.clone()),
            ..Self::of(dedupe_key, NoticeContent::Notice(notice), due_at, now)
        }
    }

    /// Makes a notice to the SaaS's own staff. It is about no tenant unless the caller says so.
    pub fn to_staff(dedupe_key: String, notice: StaffNotice, due_at: UnixMicros, now: UnixMicros) -> Self {
        Self::of(dedupe_key, NoticeContent::Staff(notice), due_at, now)
    }

    fn of(dedupe_key: String, content: NoticeContent, due_at: UnixMicros, now: UnixMicros) -> Self {
        Self {
            dedupe_key,
            scope: Scope::default(),
            customer: None,
            tenant: None,
            content,
            due_at,
            event: None,
            created_at: now,
            superseded: None,
        }
    }

    /// Returns the invoice that it is about, if it is about one.
    pub fn invoice(&self) -> Option<&InvoiceId> {
        match &self.content {
            NoticeContent::Notice(notice) => notice.invoice(),
            NoticeContent::Staff(_) => None,
        }
    }
}

/// Returns the unique key of a notice to a tenant. `notice` is [`Notice::key`].
pub fn dedupe_key(scope: &Scope, tenant: &str, notice: &str) -> String {
    let mode = if scope.livemode { "live" } else { "test" };
    format!("{mode}:{}:{tenant}:{notice}", scope.account)
}
