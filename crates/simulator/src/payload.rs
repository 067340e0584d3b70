//! Payloads: an event as JSON, with every field that a real one of its version has.

mod charge;
mod customer;
mod invoice;
mod payment_method;
mod schedule;
mod shape;
mod subscription;

use serde_json::{Value, json};
use stripe_event::{Before, Event, Object, fixtures};

use crate::overrides::member;
use crate::template::{Names, shift_times};
use shape::Shape;

/// The API versions that have samples of everything: the last shape before 2025-03-31, the one since, the one since
/// 2026-09-30, which has the reason of a pause, and one in which `billing_cycle_anchor` is an object.
pub(crate) const VERSIONS: [&str; 4] = ["2024-09-30.acacia", "2025-09-30.clover", ENDIVE, "2026-10-28.endive"];

/// The first version with the reason of a pause, and the newest that has samples.
pub(crate) const ENDIVE: &str = "2026-09-30.endive";

/// Returns the body of this event's delivery, in the shape of its `api_version` (the newest with samples if it has
/// none), formatted in lines like Stripe's.
///
/// Returns `None` for a type or version without a sample. A [`Lifecycle`](crate::Lifecycle) has none of those.
#[must_use]
pub fn body(event: &Event<'_>) -> Option<Vec<u8>> {
    let version = event.api_version.as_deref().unwrap_or(VERSIONS[VERSIONS.len() - 1]);
    Some(format!("{:#}", json(event, version)?).into_bytes())
}

/// Returns the event as JSON in the shape of this version, whatever version it has itself.
pub(crate) fn json(event: &Event<'_>, version: &str) -> Option<Value> {
    let mut json = sample(version, event.kind.as_str())?;
    let shape = Shape::of(version);
    let happened = json["created"].as_i64().unwrap_or(event.created);
    shift_times(&mut json, event.created - happened);
    rename(&mut json, event);
    set(&mut json, "id", event.id.as_ref());
    set(&mut json, "created", event.created);
    set(&mut json, "livemode", event.livemode);
    let request = event.request.as_ref();
    let idempotency_key = request.and_then(|request| request.idempotency_key.as_deref());
    let request = json!({"id": request.and_then(|request| request.id.as_deref()), "idempotency_key": idempotency_key});
    set(&mut json, "request", request);
    let data = member(&mut json, "data");
    let object = member(data, "object");
    match &event.object {
        Object::Subscription { now, before } => {
            shape.tell_subscription(object, now);
            if let Before::Was(before) = before {
                let now = object.clone();
                let mut was = now.clone();
                shape.tell_subscription(&mut was, before);
                set(data, "previous_attributes", what_changed(&was, &now));
            }
        }
        Object::Invoice { now, before } => {
            shape.tell_invoice(object, now);
            let was = match before {
                Before::Was(before) => {
                    let mut was = object.clone();
                    shape.tell_invoice(&mut was, before);
                    Some(what_changed(&was, &object.clone()))
                }
                Before::NotGiven => None,
            };
            tell_previous(data, was);
        }
        Object::PaymentMethod { now, was_of } => {
            payment_method::tell(object, now);
            let was = was_of.as_deref().map(|customer| json!({"customer": customer}));
            tell_previous(data, was);
        }
        Object::Customer { now, before } => {
            customer::tell(object, now);
            let was = match before {
                Before::Was(before) => {
                    let mut was = object.clone();
                    customer::tell(&mut was, before);
                    Some(what_changed(&was, &object.clone()))
                }
                Before::NotGiven => None,
            };
            tell_previous(data, was);
        }
        Object::CheckoutSession(session) => {
            set(object, "metadata", json!(session.metadata));
            set(object, "id", session.id.as_ref());
            set(object, "customer", session.customer.as_deref());
            set(object, "subscription", session.subscription.as_deref());
            set(object, "client_reference_id", session.client_reference_id.as_deref());
            set(object, "mode", session.mode.as_deref());
        }
        Object::Charge(charge) => charge::tell(object, charge),
        Object::Dispute(dispute) => charge::tell_dispute(object, dispute),
        Object::SubscriptionSchedule(schedule) => schedule::tell(object, schedule),
        Object::EarlyFraudWarning(_) | Object::Thin(_) | Object::Unknown { .. } | Object::Unreadable(_) => return None,
    }
    Some(json)
}

/// Returns the sample of such an event. Later versions than the first endive differ too little for samples of their
/// own.
fn sample(version: &str, kind: &str) -> Option<Value> {
    let since = if version > ENDIVE { ENDIVE } else { version };
    let mut json: Value = serde_json::from_str(fixtures::event(since, kind)?).ok()?;
    set(&mut json, "api_version", version);
    Some(json)
}

/// Sets the previous attributes, or removes them if nothing changed.
fn tell_previous(data: &mut Value, was: Option<Value>) {
    match was {
        Some(was) => set(data, "previous_attributes", was),
        None => drop(data.as_object_mut().and_then(|data| data.remove("previous_attributes"))),
    }
}

/// Replaces the sample's ids by the event's, everywhere.
fn rename(json: &mut Value, event: &Event<'_>) {
    let subscription = match &event.object {
        Object::Subscription { now, .. } => Some(now.id.as_ref()),
        Object::Invoice { now, .. } => now.subscription.as_deref(),
        Object::CheckoutSession(session) => session.subscription.as_deref(),
        Object::SubscriptionSchedule(schedule) => schedule.subscription.as_deref(),
        _ => None,
    };
    let names = Names {
        event: &event.id,
        customer: event.customer().unwrap_or_default(),
        subscription: subscription.unwrap_or("sub_none"),
        is_new_card: false,
    };
    names.put_into(json);
}

fn set(value: &mut Value, name: &str, to: impl Into<Value>) {
    *member(value, name) = to.into();
}

/// Returns Stripe's `previous_attributes`: the members that differ, with their old values. A hash is compared member by
/// member, an array as a whole. A member that was not there was null.
fn what_changed(was: &Value, now: &Value) -> Value {
    let (Some(was), Some(now)) = (was.as_object(), now.as_object()) else {
        return was.clone();
    };
    let differing = was.iter().filter(|(name, value)| now.get(*name) != Some(value));
    let changed = differing.map(|(name, value)| (name.clone(), what_changed(value, now.get(name).unwrap_or(&Value::Null))));
    let added = now.keys().filter(|name| !was.contains_key(*name));
    let added = added.map(|name| (name.clone(), Value::Null));
    Value::Object(changed.chain(added).collect())
}

#[cfg(test)]
mod tests {
    use crate::{Features, Lifecycle};

    use super::*;

    #[test]
    fn whatever_happens_is_read_from_its_body_as_it_happened() {
        let mut bodies = 0;
        for (seed, features) in (0..200).flat_map(|seed| [(seed, Features::NONE), (seed, Features::ALL)]) {
            for event in Lifecycle::with(seed, &features).events {
                let body = body(&event).unwrap();
                assert_eq!(
                    Event::parse(&body).unwrap(),
                    event,
                    "seed {seed}: {}",
                    String::from_utf8_lossy(&body)
                );
                bodies += 1;
            }
        }
        assert!(bodies > 10_000, "{bodies}");
    }

    #[test]
    fn a_body_has_the_size_and_the_fields_of_a_real_one() {
        for event in (0..20).flat_map(|seed| Lifecycle::with(seed, &Features::ALL).events) {
            let version = event.api_version.clone().unwrap();
            let sample = sample(&version, event.kind.as_str()).unwrap();
            let body = body(&event).unwrap();
            assert!(body.starts_with(b"{\n  \""), "{}", String::from_utf8_lossy(&body));
            let told: Value = serde_json::from_slice(&body).unwrap();
            for name in sample["data"]["object"].as_object().unwrap().keys() {
                let is_told = told["data"]["object"].get(name).is_some() || name == "card";
                assert!(is_told, "{}: {name}", event.kind.as_str());
            }
            assert!(!told.to_string().contains("DunlinMara"), "{told}");
        }
    }
}
