//! Notifications of Amazon SES (<https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html>).

use serde::Deserialize;

use super::{Bounce, RecipientReport, message_id};
use crate::status::EnhancedStatus;

/// A notification, or an event of a configuration set.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    #[serde(rename = "notificationType", alias = "eventType")]
    kind: String,
    bounce: Option<BounceObject>,
    #[serde(default)]
    mail: Mail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BounceObject {
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
    bounced_recipients: Vec<Recipient>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    diagnostic_code: String,
}

/// The mail. Its headers are present only if SES is configured to include them. Its own `messageId` is SES's.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Mail {
    common_headers: CommonHeaders,
    headers: Vec<Header>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CommonHeaders {
    message_id: String,
}

#[derive(Debug, Deserialize)]
struct Header {
    name: String,
    value: String,
}

pub(super) fn bounces(told: Notification) -> Vec<Bounce> {
    let Some(bounce) = told.bounce.filter(|_| told.kind == "Bounce") else {
        return Vec::new();
    };
    let of_header = || {
        told.mail
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("Message-ID"))
    };
    let id = Some(told.mail.common_headers.message_id.as_str()).filter(|id| !id.is_empty());
    let letter = message_id(
        id.or_else(|| of_header().map(|header| header.value.as_str()))
            .unwrap_or_default(),
    );
    let is_final = bounce.bounce_type == "Permanent";
    let is_bad_address = match bounce.bounce_sub_type.as_str() {
        "NoEmail" | "Suppressed" => Some(true),
        // The account's list may contain the address because of a complaint, whatever the code says.
        "OnAccountSuppressionList" => Some(false),
        _ => None,
    };
    let recipients = bounce.bounced_recipients.iter().map(|recipient| {
        let told = RecipientReport {
            is_final,
            is_bad_address,
            status: EnhancedStatus::parse(&recipient.status),
            reply: super::without_type(&recipient.diagnostic_code),
        };
        Bounce::new(letter.clone(), &recipient.email_address, told)
    });
    recipients.collect()
}
