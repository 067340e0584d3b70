//! Notifications of mail providers, in JSON.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Bounce, MAX_BYTES, NoBounce, mailgun, postmark, sendgrid, ses};

/// Reads the bounces in a provider's notification. Each identifies its letter by the `Message-ID`. The notification is
/// trusted: the caller must have authenticated its sender.
///
/// # Errors
/// [`NoBounce`] gives the reason why the notification contains none.
pub fn read_provider(json: &[u8]) -> Result<Vec<Bounce>, NoBounce> {
    if json.len() > MAX_BYTES {
        return Err(NoBounce::TooLarge);
    }
    let told: Value = serde_json::from_slice(json).map_err(|_no_json| NoBounce::UnknownProvider)?;
    match told {
        Value::Array(events) => Ok(sendgrid::bounces(events)),
        Value::Object(ref fields) => {
            let has = |name: &str| fields.contains_key(name);
            if has("Type") && has("TopicArn") {
                return of_topic(read(told)?);
            }
            if has("notificationType") || has("eventType") {
                return read(told).map(ses::bounces);
            }
            if has("RecordType") {
                return read(told).map(|told| postmark::bounces(&told));
            }
            if has("event-data") {
                return read(told).map(mailgun::bounces);
            }
            Err(NoBounce::UnknownProvider)
        }
        _ => Err(NoBounce::UnknownProvider),
    }
}

/// A message of Amazon SNS (<https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>) with the
/// notification as a text.
#[derive(Debug, Deserialize)]
struct TopicMessage {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Message", default)]
    message: String,
    #[serde(rename = "SubscribeURL", default)]
    subscribe_url: String,
}

fn of_topic(topic: TopicMessage) -> Result<Vec<Bounce>, NoBounce> {
    match topic.kind.as_str() {
        "Notification" => {
            let told = serde_json::from_str(&topic.message).map_err(|_no_json| NoBounce::UnknownProvider)?;
            Ok(ses::bounces(told))
        }
        "SubscriptionConfirmation" => Err(NoBounce::Unconfirmed {
            url: topic.subscribe_url,
        }),
        _ => Err(NoBounce::UnknownProvider),
    }
}

fn read<T: DeserializeOwned>(told: Value) -> Result<T, NoBounce> {
    serde_json::from_value(told).map_err(|_other_shape| NoBounce::UnknownProvider)
}
