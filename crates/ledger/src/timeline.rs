//! Entries of a tenant's timeline.

use subscription::{CustomerId, TenantId};

use crate::{Cause, CustomerKey, UnixMicros};

/// A change of a tenant, to be kept in its timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineNote {
    /// The tenant.
    pub tenant: TenantId,
    /// The customer that it is bound to, if it is bound.
    pub customer: Option<CustomerId>,
    /// The time when Dunlin learned of it.
    pub at: UnixMicros,
    /// The field that changed, or the action that was taken.
    pub what: String,
    /// The old value.
    pub from: Option<String>,
    /// The new value.
    pub to: Option<String>,
    /// The cause.
    pub cause: Cause,
}

impl TimelineNote {
    pub(crate) fn new(key: &CustomerKey, tenant: &TenantId, what: &str, cause: &Cause, at: UnixMicros) -> Self {
        Self {
            tenant: tenant.clone(),
            customer: Some(key.id.clone()),
            at,
            what: what.to_owned(),
            from: None,
            to: None,
            cause: cause.clone(),
        }
    }
}
