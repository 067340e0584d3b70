//! What is told of the customer itself.

use serde::{Deserialize, Serialize};

use crate::newest::last_of;
use crate::{EventId, PaymentMethodId, UnixSeconds};

/// The customer as told last, by `customer.*` events.
///
/// [`CustomerProfile::join`] is commutative, associative and idempotent: what is older says nothing any more, and of what is of one
/// second every version is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerProfile {
    /// When it was deleted, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<UnixSeconds>,
    /// Every version of the last second, by event.
    versions: Vec<ProfileVersion>,
}

/// One version of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProfileVersion {
    /// The event's `created`.
    pub told_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// `invoice_settings.default_payment_method`.
    pub default_payment_method: Option<PaymentMethodId>,
    /// What it was before; `None` where the event does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ProfileBefore>,
    /// The customer was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_deleted: bool,
}

/// A customer before a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProfileBefore {
    /// `invoice_settings.default_payment_method`.
    pub default_payment_method: Option<PaymentMethodId>,
}

impl From<ProfileVersion> for CustomerProfile {
    fn from(version: ProfileVersion) -> Self {
        Self {
            deleted_at: version.is_deleted.then_some(version.told_at),
            versions: vec![version],
        }
    }
}

impl CustomerProfile {
    /// What both say together.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.deleted_at = match (self.deleted_at, other.deleted_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.versions.extend(other.versions);
        self.versions.sort_unstable();
        self.versions.dedup();
        if let Some(last) = self.versions.last().map(|version| version.told_at) {
            self.versions.retain(|version| version.told_at == last);
        }
        self
    }

    /// The payment method that invoices are tried on where a subscription has none of its own.
    pub fn default_payment_method(&self) -> Option<&PaymentMethodId> {
        let versions = self.versions.iter();
        let told = versions.map(|version| {
            let before = version.before.as_ref().map(|before| &before.default_payment_method);
            (before, &version.default_payment_method)
        });
        let newest = || self.versions.last().map(|version| &version.default_payment_method);
        last_of(told).or_else(newest)?.as_ref()
    }
}
