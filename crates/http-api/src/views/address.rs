//! A suppressed address, as callers see it.

use persistence::SuppressedAddress;
use serde::Serialize;
use utoipa::ToSchema;

use super::at_micros;

/// An address that gets no mail, because its mail server refused it for good.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuppressedAddressView {
    /// The address, in lower case.
    email: String,
    /// The server's words.
    reply: String,
    since: String,
}

impl SuppressedAddressView {
    /// Makes the view of an address.
    pub(crate) fn of(address: SuppressedAddress) -> Self {
        Self {
            email: address.email,
            reply: address.reply,
            since: at_micros(address.since),
        }
    }
}
