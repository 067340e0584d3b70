//! The status of an invoice.

use std::borrow::Cow;

/// An invoice's `status`.
///
/// See <https://docs.stripe.com/invoicing/integration/workflow-transitions>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InvoiceStatus<'a> {
    /// Not finalized yet.
    Draft,
    /// Finalized and to be paid.
    Open,
    /// Paid. Final.
    Paid,
    /// Given up, but it can still be paid or voided.
    Uncollectible,
    /// Void. Final.
    Void,
    /// A status newer than this crate, as sent.
    Other(Cow<'a, str>),
}

impl<'a> InvoiceStatus<'a> {
    /// Parses a name. Every name is a status, so this cannot fail.
    pub fn parse(name: impl Into<Cow<'a, str>>) -> Self {
        let name = name.into();
        match name.as_ref() {
            "draft" => Self::Draft,
            "open" => Self::Open,
            "paid" => Self::Paid,
            "uncollectible" => Self::Uncollectible,
            "void" => Self::Void,
            _ => Self::Other(name),
        }
    }

    /// Returns Stripe's name, the inverse of [`parse`](Self::parse).
    pub fn as_str(&self) -> &str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Uncollectible => "uncollectible",
            Self::Void => "void",
            Self::Other(name) => name,
        }
    }
}
