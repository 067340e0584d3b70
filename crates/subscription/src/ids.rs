//! Newtypes for ids: Stripe's ids and the SaaS's own tenant ids.

use std::fmt;

/// Declares a newtype over the text of an id. Stripe's ids are opaque, so no code here parses one.
macro_rules! stripe_id {
    ($(#[$doc:meta] $name:ident)+) => {$(
        #[$doc]
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name(String);

        impl $name {
            /// Wraps an id, verbatim.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// Returns the id as Stripe wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

stripe_id! {
    /// `cus_…`, a Stripe customer.
    CustomerId
    /// `ch_…`, a Stripe charge.
    ChargeId
    /// The id of a dispute (`du_…`) or an early fraud warning (`issfr_…`).
    DisputeId
    /// `evt_…`, a Stripe event.
    EventId
    /// `in_…`, a Stripe invoice.
    InvoiceId
    /// `pm_…`, a Stripe payment method.
    PaymentMethodId
    /// `sub_…`, a Stripe subscription.
    SubscriptionId
}

/// The SaaS's own id of one of its tenants.
///
/// It has 1 to 64 ASCII characters. The first is a letter or digit; the others are letters, digits or one of
/// `- _ . : @`. So an id fits a URL path, a file name and a log line without escapes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct TenantId(String);

/// The rule that a text breaks, so that it cannot be a tenant id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TenantIdError {
    /// The text is empty.
    #[error("a tenant id cannot be empty")]
    Empty,
    /// The text is longer than [`TenantId::MAX_LEN`].
    #[error("a tenant id has at most {} characters", TenantId::MAX_LEN)]
    TooLong,
    /// The text holds a character that is not allowed in an id.
    #[error("a tenant id starts with a letter or digit and holds only letters, digits and - _ . : @ (all ASCII)")]
    Character,
}

impl TenantId {
    /// The maximum number of characters of an id.
    pub const MAX_LEN: usize = 64;

    /// Parses an id.
    ///
    /// # Errors
    /// [`TenantIdError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, TenantIdError> {
        let first = text.chars().next().ok_or(TenantIdError::Empty)?;
        if text.len() > Self::MAX_LEN {
            return Err(TenantIdError::TooLong);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
        if !first.is_ascii_alphanumeric() || !text.chars().all(allowed) {
            return Err(TenantIdError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the id as the SaaS wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_id_fits_a_url_path_as_it_is() {
        for good in ["demo", "a", "Acme-1", "7", "acme.example:eu@1_b", &"x".repeat(64)] {
            assert_eq!(TenantId::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(TenantId::parse(""), Err(TenantIdError::Empty));
        assert_eq!(TenantId::parse(&"x".repeat(65)), Err(TenantIdError::TooLong));
        for bad in ["a/b", "..", ".", "-a", " a", "a b", "a\0", "å", "a%2Fb", "a\n"] {
            assert_eq!(TenantId::parse(bad), Err(TenantIdError::Character), "{bad:?}");
        }
    }
}
