//! Events of Twilio `SendGrid` (<https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>).

use serde::Deserialize;
use serde_json::Value;

use super::{Bounce, RecipientReport, message_id};
use crate::status::EnhancedStatus;

#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "event")]
    what: String,
    email: String,
    #[serde(rename = "smtp-id", default)]
    smtp_id: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    reason: String,
}

/// The reason that `SendGrid` gives if it does not try to deliver, because the address bounced before.
const BOUNCED_BEFORE: &str = "Bounced Address";

/// Reads the bounces among the events of mails. Other events are ignored.
pub(super) fn bounces(events: Vec<Value>) -> Vec<Bounce> {
    let events = events.into_iter().filter_map(|event| serde_json::from_value(event).ok());
    events.filter_map(|event: Event| bounce(&event)).collect()
}

fn bounce(event: &Event) -> Option<Bounce> {
    let (is_final, is_bad_address) = match (event.what.as_str(), event.kind.as_str()) {
        ("bounce", "bounce") => (true, None),
        // The type is `blocked`: SendGrid does not blame the address.
        ("bounce", _) => (true, Some(false)),
        ("dropped", _) => (true, Some(event.reason == BOUNCED_BEFORE)),
        ("deferred", _) => (false, None),
        _ => return None,
    };
    let told = RecipientReport {
        is_final,
        is_bad_address,
        status: EnhancedStatus::parse(&event.status),
        reply: &event.reason,
    };
    let bounce = Bounce::new(message_id(&event.smtp_id), &event.email, told);
    Some(bounce)
}
