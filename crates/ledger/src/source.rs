//! The sources of facts: the ways in which they reach Dunlin.

/// The way in which a fact of Stripe reached Dunlin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Stripe delivered it to Dunlin's endpoint.
    Webhook,
    /// Stripe's list of events contained it (<https://docs.stripe.com/api/events/list>).
    EventList,
    /// Dunlin asked Stripe for the object on its own.
    Read,
    /// Dunlin asked Stripe for the object because an operator wanted it.
    Operator,
    /// It happened before Dunlin received events, and the import asked Stripe for it.
    Import,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 5] = [Self::Webhook, Self::EventList, Self::Read, Self::Operator, Self::Import];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::EventList => "event_list",
            Self::Read => "read",
            Self::Operator => "operator",
            Self::Import => "import",
        }
    }

    /// Returns true if Stripe told it unasked. Something that Dunlin had to ask for may be news no longer.
    pub const fn is_delivery(self) -> bool {
        matches!(self, Self::Webhook)
    }

    /// Returns true if a webhook should have told it before.
    pub const fn shows_drift(self) -> bool {
        match self {
            Self::EventList | Self::Read | Self::Operator => true,
            Self::Webhook | Self::Import => false,
        }
    }

    /// Returns the source of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == word)
    }
}
