//! The causes of changes.

/// The cause of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A Stripe event.
    Event(subscription::EventId),
    /// A call of Dunlin's API.
    Api,
    /// An answer of Stripe's API.
    Read,
    /// Time alone.
    Time,
    /// A click on the pay link of this invoice.
    Link(subscription::InvoiceId),
}

impl Cause {
    /// All words for it.
    pub const KINDS: [&'static str; 5] = ["event", "api", "read", "time", "link"];

    /// Returns the word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Event(_) => "event",
            Self::Api => "api",
            Self::Read => "read",
            Self::Time => "time",
            Self::Link(_) => "link",
        }
    }

    /// Returns the id of the event, or of the link's invoice.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Event(event) => Some(event.as_str()),
            Self::Link(invoice) => Some(invoice.as_str()),
            Self::Api | Self::Read | Self::Time => None,
        }
    }
}
