//! Tests of behaviour, through the public interface only.

mod bare;
mod before;
mod envelope;
mod expandable;
mod invoice;
mod objects;
mod properties;
mod samples;
mod subscription;
mod syntax;

use crate::{Before, Event, Invoice, Object, Subscription, fixtures};

const OLD: &str = "2020-08-27";
const ACACIA: &str = "2024-09-30.acacia";
const BASIL: &str = "2025-03-31.basil";
const CLOVER: &str = "2025-09-30.clover";
const DAHLIA: &str = "2026-03-25.dahlia";

fn parse(json: &str) -> Event<'_> {
    Event::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn sample(version: &str, stem: &str) -> Event<'static> {
    let json = fixtures::event(version, stem).unwrap_or_else(|| panic!("no {version}/{stem}"));
    parse(json)
}

/// Returns an event of this type around this object, with these further members of `data`.
fn event_json(kind: &str, object: &str, more: &str) -> String {
    format!(
        r#"{{"id":"evt_1","object":"event","type":"{kind}","created":1767225600,"livemode":false,
            "data":{{"object":{object}{more}}}}}"#
    )
}

/// Returns a minimal subscription with these further members.
fn subscription_json(more: &str) -> String {
    format!(r#"{{"id":"sub_1","object":"subscription","customer":"cus_1","status":"active","created":1{more}}}"#)
}

/// Returns a minimal invoice with these further members.
fn invoice_json(more: &str) -> String {
    format!(r#"{{"id":"in_1","object":"invoice","customer":"cus_1","currency":"eur","created":1{more}}}"#)
}

fn subscription(event: Event<'_>) -> (Subscription<'_>, Before<Subscription<'_>>) {
    match event.object {
        Object::Subscription { now, before } => (now, before),
        other => panic!("not a subscription: {other:?}"),
    }
}

fn invoice(event: Event<'_>) -> Invoice<'_> {
    match event.object {
        Object::Invoice { now, .. } => now,
        other => panic!("not an invoice: {other:?}"),
    }
}

/// Returns the reason why the object of this event cannot be read.
fn unreadable(kind: &str, object: &str, more: &str) -> String {
    match parse(&event_json(kind, object, more)).object {
        Object::Unreadable(error) => error.to_string(),
        other => panic!("readable: {other:?}"),
    }
}
