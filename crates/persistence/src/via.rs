//! By which way we came to know something.

/// By which way we came to know something of Stripe's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// Stripe delivered it to our endpoint.
    Webhook,
    /// It was among the events that Stripe lists (<https://docs.stripe.com/api/events/list>).
    EventList,
    /// Stripe was asked for the object, by ourselves.
    Read,
    /// Stripe was asked for the object, because an operator wanted it.
    Operator,
    /// It happened before we were there to be told, and Stripe was asked for it then.
    Import,
}

impl Via {
    const ALL: [Self; 5] = [Self::Webhook, Self::EventList, Self::Read, Self::Operator, Self::Import];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::EventList => "event_list",
            Self::Read => "read",
            Self::Operator => "operator",
            Self::Import => "import",
        }
    }

    /// Whether Stripe told it by itself. What we had to ask for may be news no longer.
    pub(crate) const fn is_delivery(self) -> bool {
        matches!(self, Self::Webhook)
    }

    /// Whether what it shows should have been told before.
    pub(crate) const fn shows_drift(self) -> bool {
        match self {
            Self::EventList | Self::Read | Self::Operator => true,
            Self::Webhook | Self::Import => false,
        }
    }

    /// The way of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|via| via.as_str() == word)
    }
}
