//! The status of an invoice.

/// An invoice's status (<https://docs.stripe.com/invoicing/integration/workflow-transitions>), in the order in which it
/// can change. An `Uncollectible` invoice can still be paid or voided. The last three are final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum InvoiceStatus {
    /// Not yet finalized.
    #[default]
    Draft,
    /// Waiting for payment.
    Open,
    /// Given up, but it can still be paid or voided.
    Uncollectible,
    /// A deleted draft.
    Deleted,
    /// Voided.
    Void,
    /// Paid.
    Paid,
}

impl InvoiceStatus {
    /// Returns the rank in the lattice. Deleted, void and paid are equally final: none follows from another.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Draft => 0,
            Self::Open => 1,
            Self::Uncollectible => 2,
            Self::Deleted | Self::Void | Self::Paid => 3,
        }
    }

    /// Returns Stripe's word for the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Uncollectible => "uncollectible",
            Self::Deleted => "deleted",
            Self::Void => "void",
            Self::Paid => "paid",
        }
    }
}
