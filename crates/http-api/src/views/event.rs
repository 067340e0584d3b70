//! A received event, as callers see it.

use persistence::ReceivedEvent;
use serde::Serialize;
use subscription::UnixSeconds;
use utoipa::ToSchema;

use super::words::EventOutcome;
use super::{at, at_micros};

/// An event as received.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    account: Option<String>,
    livemode: bool,
    api_version: Option<String>,
    /// Stripe's `created`; `null` if the body could not be read.
    created: Option<String>,
    received_at: String,
    customer: Option<String>,
    object_id: Option<String>,
    #[schema(value_type = EventOutcome)]
    outcome: &'static str,
    reason: Option<String>,
    /// The body as it was received, while it is kept (35 days); only in the answer about one event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    payload: Option<PayloadView>,
}

/// A body.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum PayloadView {
    /// A JSON body.
    Json(Box<serde_json::value::RawValue>),
    /// Another body.
    Text(String),
}

impl EventView {
    /// Makes the view of an event.
    pub(crate) fn of(received: &ReceivedEvent, body: Option<&[u8]>) -> Self {
        let event = &received.event;
        let is_readable = !event.kind.is_empty();
        Self {
            id: event.key.id.to_string(),
            kind: event.kind.clone(),
            account: event.key.scope.connected_account().map(str::to_owned),
            livemode: event.key.scope.livemode,
            api_version: event.api_version.clone(),
            created: at(UnixSeconds::new(event.created)).filter(|_| is_readable),
            received_at: at_micros(received.received_at),
            customer: event.customer.as_ref().map(ToString::to_string),
            object_id: event.object_id.clone(),
            outcome: event.outcome.as_str(),
            reason: event.reason.clone(),
            payload: body.map(|body| payload(body, is_readable)),
        }
    }
}

fn payload(body: &[u8], is_readable: bool) -> PayloadView {
    let text = String::from_utf8_lossy(body).into_owned();
    if !is_readable {
        return PayloadView::Text(text);
    }
    serde_json::value::RawValue::from_string(text.clone()).map_or(PayloadView::Text(text), PayloadView::Json)
}
