//! Pages that a pay link ends at, where there is nowhere to lead on to.

/// A page, in a tenant's language. None says anything about the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The invoice is paid.
    Paid,
    /// Nothing can be paid at this moment, and there is no other page to pay at.
    Later,
    /// The link is not one that holds. The same whatever is wrong with it.
    Gone,
}

impl Page {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Paid, Self::Later, Self::Gone];

    /// Names the template.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Paid => "page_paid",
            Self::Later => "page_later",
            Self::Gone => "page_gone",
        }
    }
}
