//! What differs between API versions.

use super::ENDIVE;

/// The placement of fields in a version.
pub(super) struct Shape {
    /// Before 2025-03-31.basil: the subscription itself has the periods, and an invoice names its subscription
    /// directly.
    pub(super) is_before_basil: bool,
    /// Since 2026-09-30: there are `status_details`.
    pub(super) says_why_paused: bool,
    /// Since 2026-10-28: the anchor of the billing cycle is an object.
    pub(super) has_anchor_object: bool,
}

impl Shape {
    pub(super) fn of(version: &str) -> Self {
        Self {
            is_before_basil: version < "2025-03-31",
            says_why_paused: version >= ENDIVE,
            has_anchor_object: version > ENDIVE,
        }
    }
}
