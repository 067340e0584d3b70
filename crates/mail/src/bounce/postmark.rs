//! Notifications of Postmark (<https://postmarkapp.com/developer/webhooks/bounce-webhook>).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Bounce, RecipientReport, message_id};
use crate::message::POSTMARK_METADATA;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Notification {
    record_type: String,
    #[serde(rename = "Type", default)]
    kind: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    details: String,
    /// The metadata that Dunlin sent with the mail. The `MessageID` of the notification is Postmark's own.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// Bounce types after which the address takes no mail
/// (<https://postmarkapp.com/developer/api/bounce-api#bounce-types>).
const BAD_ADDRESS: [&str; 2] = ["HardBounce", "BadEmailAddress"];
/// Bounce types after which Postmark gives the mail up for a reason other than the address.
const GIVEN_UP: [&str; 8] = [
    "Blocked",
    "DMARCPolicy",
    "ManuallyDeactivated",
    "SMTPApiError",
    "SpamComplaint",
    "SpamNotification",
    "Unknown",
    "VirusNotification",
];

pub(super) fn bounces(told: &Notification) -> Vec<Bounce> {
    if told.record_type != "Bounce" {
        return Vec::new();
    }
    let named = told
        .metadata
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(POSTMARK_METADATA));
    let letter = message_id(named.map(|(_, id)| id.as_str()).unwrap_or_default());
    let is_bad_address = BAD_ADDRESS.contains(&told.kind.as_str());
    let of_recipient = RecipientReport {
        is_final: is_bad_address || GIVEN_UP.contains(&told.kind.as_str()),
        is_bad_address: Some(is_bad_address),
        status: None,
        reply: super::without_type(&told.details),
    };
    let bounce = Bounce::new(letter, &told.email, of_recipient);
    vec![bounce]
}
