//! The keys of Stripe's objects.

use subscription::{CustomerId, EventId};

/// The account and mode that a thing belongs to. Things of different scopes never affect each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The Connect account, `acct_…`, or empty for one's own.
    pub account: String,
    /// True in live mode, false in test mode.
    pub livemode: bool,
}

impl Scope {
    /// Returns the connected account, or `None` for one's own.
    pub fn connected_account(&self) -> Option<&str> {
        Some(self.account.as_str()).filter(|account| !account.is_empty())
    }
}

/// A customer, across accounts and modes. The order is the order of locking.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerKey {
    /// Stripe's id.
    pub id: CustomerId,
    /// The account and mode that the id is valid in.
    pub scope: Scope,
}

impl CustomerKey {
    /// Makes the key of the customer with this id, in this account and mode.
    pub fn new(id: impl Into<String>, account: impl Into<String>, livemode: bool) -> Self {
        Self {
            id: CustomerId::new(id),
            scope: Scope {
                account: account.into(),
                livemode,
            },
        }
    }
}

/// An event, across accounts and modes. Repeated deliveries have the same key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// Stripe's id. For a body that could not be read, `raw_` and a digest of the body.
    pub id: EventId,
    /// The account and mode of the event.
    pub scope: Scope,
}

/// A moment in microseconds since 1970-01-01T00:00:00Z, by Dunlin's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMicros(i64);

impl UnixMicros {
    /// Makes the moment this many microseconds after the epoch.
    pub const fn new(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the moment `secs` later. It saturates at the last representable one.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// Returns the same moment in Stripe's resolution, whole seconds.
    pub const fn to_unix_seconds(self) -> subscription::UnixSeconds {
        subscription::UnixSeconds::new(self.0.div_euclid(1_000_000))
    }
}
