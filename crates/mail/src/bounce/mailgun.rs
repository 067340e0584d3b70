//! Notifications of Mailgun (<https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads>).

use serde::Deserialize;

use super::{Bounce, RecipientReport, message_id};
use crate::status::EnhancedStatus;

#[derive(Debug, Deserialize)]
pub(super) struct Notification {
    #[serde(rename = "event-data")]
    data: EventData,
}

#[derive(Debug, Deserialize)]
struct EventData {
    event: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    message: Message,
    #[serde(rename = "delivery-status", default)]
    status: DeliveryStatus,
}

#[derive(Debug, Default, Deserialize)]
struct Message {
    #[serde(default)]
    headers: Headers,
}

#[derive(Debug, Default, Deserialize)]
struct Headers {
    #[serde(rename = "message-id", default)]
    message_id: String,
}

#[derive(Debug, Default, Deserialize)]
struct DeliveryStatus {
    #[serde(default)]
    message: String,
    #[serde(default)]
    description: String,
    #[serde(rename = "enhanced-code", default)]
    enhanced_code: String,
}

pub(super) fn bounces(told: Notification) -> Vec<Bounce> {
    let data = told.data;
    if data.event != "failed" {
        return Vec::new();
    }
    let words = if data.status.message.is_empty() {
        &data.status.description
    } else {
        &data.status.message
    };
    let is_bad_address = match data.reason.as_str() {
        // Mailgun does not try to deliver, because the address bounced before.
        "suppress-bounce" => Some(true),
        "suppress-complaint" | "suppress-unsubscribe" => Some(false),
        _ => None,
    };
    let of_recipient = RecipientReport {
        is_final: data.severity == "permanent",
        is_bad_address,
        status: EnhancedStatus::parse(&data.status.enhanced_code),
        reply: words,
    };
    let bounce = Bounce::new(message_id(&data.message.headers.message_id), &data.recipient, of_recipient);
    vec![bounce]
}
