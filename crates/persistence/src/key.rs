//! Keys of what Stripe names.

use subscription::{CustomerId, EventId};

/// Which of Stripe's worlds a thing belongs to. What is in one never touches what is in another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The Connect account, `acct_…`; empty for one's own.
    pub account: String,
    /// Live or test mode.
    pub livemode: bool,
}

impl Scope {
    /// The connected account; `None` for one's own.
    pub fn connected_account(&self) -> Option<&str> {
        Some(self.account.as_str()).filter(|account| !account.is_empty())
    }
}

/// A customer, across accounts and modes. The order is the order of locking.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerKey {
    /// Stripe's id.
    pub id: CustomerId,
    /// Where it is one.
    pub scope: Scope,
}

impl CustomerKey {
    /// As it stands in a row.
    pub(crate) fn of_row(id: impl Into<String>, account: impl Into<String>, livemode: bool) -> Self {
        Self {
            id: CustomerId::new(id),
            scope: Scope {
                account: account.into(),
                livemode,
            },
        }
    }
}

/// An event, across accounts and modes: what is delivered again is known by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// Stripe's id; for a body that could not be read, `raw_` and a digest of it.
    pub id: EventId,
    /// Where it happened.
    pub scope: Scope,
}

/// A moment in microseconds since 1970-01-01T00:00:00Z, by our own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMicros(i64);

impl UnixMicros {
    /// The moment so many microseconds after the epoch.
    pub const fn new(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The moment `secs` later; stays at the last representable one.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// The same moment in Stripe's grain.
    pub const fn to_unix_seconds(self) -> subscription::UnixSeconds {
        subscription::UnixSeconds::new(self.0.div_euclid(1_000_000))
    }
}
