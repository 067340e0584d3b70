//! Knowledge about the customer itself.

use std::collections::BTreeMap;

use super::newest::last_of;
use crate::{EventId, PaymentMethodId, UnixSeconds};

/// The customer as last reported by `customer.*` events.
///
/// [`CustomerProfile::join`] is commutative, associative and idempotent: it drops older versions and keeps every
/// version of the newest second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CustomerProfile {
    /// The time at which it was deleted, if it was.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub deleted_at: Option<UnixSeconds>,
    /// The payment methods that replaced another one as the default, each with the time of its last replacement.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    replacements: BTreeMap<PaymentMethodId, UnixSeconds>,
    /// Every version of the newest second, sorted by event.
    versions: Vec<ProfileVersion>,
}

/// One version of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProfileVersion {
    /// The event's `created`.
    pub told_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// `invoice_settings.default_payment_method`.
    pub default_payment_method: Option<PaymentMethodId>,
    /// The customer before the event; `None` if the event does not say.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub before: Option<ProfileBefore>,
    /// The customer was deleted.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "std::ops::Not::not"))]
    pub is_deleted: bool,
}

/// A customer before a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProfileBefore {
    /// `invoice_settings.default_payment_method`.
    pub default_payment_method: Option<PaymentMethodId>,
}

impl From<ProfileVersion> for CustomerProfile {
    fn from(version: ProfileVersion) -> Self {
        let was = version
            .before
            .as_ref()
            .and_then(|before| before.default_payment_method.as_ref());
        let is = version.default_payment_method.as_ref();
        let replacing = is.filter(|&is| was.is_some_and(|was| was != is));
        Self {
            deleted_at: version.is_deleted.then_some(version.told_at),
            replacements: replacing.map(|is| (is.clone(), version.told_at)).into_iter().collect(),
            versions: vec![version],
        }
    }
}

impl CustomerProfile {
    /// Returns the number of known versions of the newest second.
    pub(crate) fn len(&self) -> usize {
        self.versions.len()
    }

    /// Joins the knowledge of both.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.deleted_at = match (self.deleted_at, other.deleted_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        for (method, at) in other.replacements {
            let known = self.replacements.entry(method).or_insert(at);
            *known = (*known).max(at);
        }
        self.versions.extend(other.versions);
        self.versions.sort_unstable();
        self.versions.dedup();
        if let Some(last) = self.versions.last().map(|version| version.told_at) {
            self.versions.retain(|version| version.told_at == last);
        }
        self
    }

    /// Returns the time at which a payment method last replaced another one as the default, if it did.
    pub fn replaced_at(&self, method: &PaymentMethodId) -> Option<UnixSeconds> {
        self.replacements.get(method).copied()
    }

    /// Returns the payment method that invoices use if a subscription has none of its own.
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
