//! Handles: what a store does, by what it is about.

use crate::Store;

/// The outbox: the notices owed, their way to the mail server, and what mail servers said of addresses.
#[derive(Clone, Copy, Debug)]
pub struct Outbox<'a> {
    pub(crate) store: &'a Store,
}

/// The tenants, their bindings and their timelines.
#[derive(Clone, Copy, Debug)]
pub struct Tenants<'a> {
    pub(crate) store: &'a Store,
}

/// The proposals of bindings.
#[derive(Clone, Copy, Debug)]
pub struct Proposals<'a> {
    pub(crate) store: &'a Store,
}

/// The inbox: every event that was ever delivered, and how many deliveries came.
#[derive(Clone, Copy, Debug)]
pub struct Inbox<'a> {
    pub(crate) store: &'a Store,
}

/// The subscriptions that Stripe is to be asked about.
#[derive(Clone, Copy, Debug)]
pub struct Reads<'a> {
    pub(crate) store: &'a Store,
}

/// The drift that was found.
#[derive(Clone, Copy, Debug)]
pub struct Drifts<'a> {
    pub(crate) store: &'a Store,
}

impl Store {
    /// Returns the handle of the outbox.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox { store: self }
    }

    /// Returns the handle of the tenants, their bindings and their timelines.
    pub fn tenants(&self) -> Tenants<'_> {
        Tenants { store: self }
    }

    /// Returns the handle of the proposals of bindings.
    pub fn proposals(&self) -> Proposals<'_> {
        Proposals { store: self }
    }

    /// Returns the handle of the inbox.
    pub fn inbox(&self) -> Inbox<'_> {
        Inbox { store: self }
    }

    /// Returns the handle of the subscriptions that Stripe is to be asked about.
    pub fn reads(&self) -> Reads<'_> {
        Reads { store: self }
    }

    /// Returns the handle of the drift that was found.
    pub fn drift(&self) -> Drifts<'_> {
        Drifts { store: self }
    }
}
