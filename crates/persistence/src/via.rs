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
}

impl Via {
    const ALL: [Self; 4] = [Self::Webhook, Self::EventList, Self::Read, Self::Operator];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::EventList => "event_list",
            Self::Read => "read",
            Self::Operator => "operator",
        }
    }

    /// The way of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|via| via.as_str() == word)
    }
}
