//! The pages that a pay link ends at if there is no page to redirect to.

/// A page in a tenant's language. No page says anything about the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The invoice is paid.
    Paid,
    /// Nothing can be paid at the moment, and there is no other page to pay at.
    Later,
    /// The link is not valid. The page is the same for every cause.
    Gone,
}

impl Page {
    /// All pages.
    pub const ALL: [Self; 3] = [Self::Paid, Self::Later, Self::Gone];

    /// Returns the name of the template.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Paid => "page_paid",
            Self::Later => "page_later",
            Self::Gone => "page_gone",
        }
    }
}
