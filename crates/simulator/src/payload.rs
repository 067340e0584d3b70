//! Payloads: an event as JSON, with every field that a real one of its version has.

mod charge;
mod schedule;

use serde_json::{Value, json};
use stripe_event::{Before, Customer, Event, Invoice, InvoiceStatus, Item, Object, PaymentMethod, Subscription, fixtures};

use crate::catalogue::unit_amount;
use crate::overrides::member;
use crate::template::{Names, shift_times};

/// The API versions that have samples of everything: the last shape before 2025-03-31, the one since, the one since
/// 2026-09-30, which has the reason of a pause, and one in which `billing_cycle_anchor` is an object.
pub const VERSIONS: [&str; 4] = ["2024-09-30.acacia", "2025-09-30.clover", ENDIVE, "2026-10-28.endive"];

/// The first version with the reason of a pause, and the newest that has samples.
pub(crate) const ENDIVE: &str = "2026-09-30.endive";

/// Returns the body of this event's delivery, in the shape of its `api_version` (the newest of [`VERSIONS`] if it has
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
    let shape = Shape {
        is_before_basil: version < "2025-03-31",
        says_why_paused: version >= ENDIVE,
        has_anchor_object: version > ENDIVE,
    };
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
            tell_payment_method(object, now);
            let was = was_of.as_deref().map(|customer| json!({"customer": customer}));
            tell_previous(data, was);
        }
        Object::Customer { now, before } => {
            tell_customer(object, now);
            let was = match before {
                Before::Was(before) => {
                    let mut was = object.clone();
                    tell_customer(&mut was, before);
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

/// The placement of fields in a version.
struct Shape {
    /// Before 2025-03-31.basil: the subscription itself has the periods, and an invoice names its subscription
    /// directly.
    is_before_basil: bool,
    /// Since 2026-09-30: there are `status_details`.
    says_why_paused: bool,
    /// Since 2026-10-28: the anchor of the billing cycle is an object.
    has_anchor_object: bool,
}

impl Shape {
    fn tell_subscription(&self, object: &mut Value, subscription: &Subscription<'_>) {
        set(object, "id", subscription.id.as_ref());
        set(object, "customer", subscription.customer.as_ref());
        set(object, "status", subscription.status.as_str());
        set(object, "created", subscription.created);
        set(object, "start_date", subscription.start_date);
        set(object, "cancel_at_period_end", subscription.cancel_at_period_end);
        set(object, "cancel_at", subscription.cancel_at);
        set(object, "canceled_at", subscription.canceled_at);
        set(object, "ended_at", subscription.ended_at);
        set(object, "trial_start", subscription.trial_start);
        set(object, "trial_end", subscription.trial_end);
        let pause = subscription.pause_collection_behavior.as_deref();
        let pause = pause.map(|behavior| json!({"behavior": behavior, "resumes_at": subscription.pause_collection_resumes_at}));
        set(object, "pause_collection", pause);
        if self.says_why_paused {
            let why = subscription.paused_reason.as_deref();
            let paused = why.map(|why| json!({"subscription": {"type": why}}));
            set(object, "status_details", json!({"paused": paused}));
        }
        if self.has_anchor_object {
            let anchor = json!({"timestamp": subscription.start_date, "type": "timestamp"});
            set(object, "billing_cycle_anchor", anchor);
        }
        set(object, "schedule", subscription.schedule.as_deref());
        self.tell_discount(object, subscription);
        set(object, "latest_invoice", subscription.latest_invoice.as_deref());
        set(
            object,
            "default_payment_method",
            subscription.default_payment_method.as_deref(),
        );
        set(object, "collection_method", subscription.collection_method.as_deref());
        set(object, "currency", subscription.currency.as_deref());
        let at_trial_end = json!({"missing_payment_method": subscription.trial_end_behavior.as_deref()});
        set(object, "trial_settings", json!({"end_behavior": at_trial_end}));
        let why = &subscription.cancellation_details;
        let (comment, feedback, reason) = (why.comment.as_deref(), why.feedback.as_deref(), why.reason.as_deref());
        let why = json!({"comment": comment, "feedback": feedback, "reason": reason});
        set(object, "cancellation_details", why);
        set(object, "metadata", json!(subscription.metadata));
        if self.is_before_basil {
            set(object, "current_period_start", subscription.current_period_start);
            set(object, "current_period_end", subscription.current_period_end);
        }
        self.tell_items(object, subscription);
    }

    fn tell_discount(&self, object: &mut Value, subscription: &Subscription<'_>) {
        let id = format!("di_{}", subscription.id.trim_start_matches("sub_"));
        let ids: &[_] = if subscription.is_discounted { &[json!(id)] } else { &[] };
        set(object, "discounts", ids);
        if self.is_before_basil {
            let discount = subscription
                .is_discounted
                .then(|| json!({"coupon": {"id": "co_Dunlin", "object": "coupon"}, "id": id, "object": "discount"}));
            set(object, "discount", discount);
        }
    }

    fn tell_items(&self, object: &mut Value, subscription: &Subscription<'_>) {
        let list = member(object, "items");
        set(list, "has_more", subscription.has_more_items);
        let sample = list["data"][0].take();
        let items = subscription.items.iter().enumerate().map(|(nth, item)| {
            let mut json = sample.clone();
            if nth > 0 {
                let id = json["id"].as_str().unwrap_or_default();
                json["id"] = json!(format!("{id}_{nth}"));
            }
            tell_price(&mut json, item);
            set(&mut json, "subscription", subscription.id.as_ref());
            if !self.is_before_basil {
                set(&mut json, "current_period_start", subscription.current_period_start);
                set(&mut json, "current_period_end", subscription.current_period_end);
            }
            json
        });
        let items: Vec<Value> = items.collect();
        // A subscription of one plan still shows it beside its items.
        let only = if items.len() == 1 { items.first() } else { None };
        let (plan, quantity) = only.map_or((Value::Null, Value::Null), |only| {
            (only["plan"].clone(), only["quantity"].clone())
        });
        set(list, "total_count", items.len());
        set(list, "data", items);
        set(object, "plan", plan);
        set(object, "quantity", quantity);
    }

    fn tell_invoice(&self, object: &mut Value, invoice: &Invoice<'_>) {
        match &invoice.id {
            Some(id) => set(object, "id", id.as_ref()),
            None => drop(object.as_object_mut().and_then(|object| object.remove("id"))),
        }
        let status = invoice.status.as_ref();
        set(object, "customer", invoice.customer.as_ref());
        set(object, "status", status.map(InvoiceStatus::as_str));
        set(object, "billing_reason", invoice.billing_reason.as_deref());
        set(object, "collection_method", invoice.collection_method.as_deref());
        set(object, "created", invoice.created);
        set(object, "attempt_count", invoice.attempt_count);
        set(object, "attempted", invoice.attempted);
        set(object, "next_payment_attempt", invoice.next_payment_attempt);
        set(object, "due_date", invoice.due_date);
        set(object, "period_start", invoice.period_start);
        set(object, "period_end", invoice.period_end);
        set(object, "amount_due", invoice.amount_due);
        set(object, "amount_paid", invoice.amount_paid);
        set(object, "amount_remaining", invoice.amount_remaining);
        for sum in ["total", "total_excluding_tax", "subtotal", "subtotal_excluding_tax"] {
            set(object, sum, invoice.total);
        }
        set(object, "currency", invoice.currency.as_ref());
        set(object, "hosted_invoice_url", invoice.hosted_invoice_url.as_deref());
        let pdf = invoice.hosted_invoice_url.as_ref().map(|url| format!("{url}/pdf"));
        set(object, "invoice_pdf", pdf);
        set(object, "number", invoice.number.as_deref());
        set(member(object, "status_transitions"), "paid_at", invoice.paid_at);
        let error = invoice.finalization_error.as_deref();
        let error = error.map(|code| json!({"code": code, "message": "It cannot be made final.", "type": "invalid_request_error"}));
        set(object, "last_finalization_error", error);
        if self.is_before_basil {
            set(object, "paid", status == Some(&InvoiceStatus::Paid));
        }
        self.tell_what_it_bills(object, invoice);
    }

    fn tell_what_it_bills(&self, object: &mut Value, invoice: &Invoice<'_>) {
        let subscription = invoice.subscription.as_deref();
        let details = subscription.map(|id| json!({"metadata": {}, "subscription": id}));
        if self.is_before_basil {
            set(object, "subscription", subscription);
            let details = subscription.map(|_| json!({"metadata": {}}));
            set(object, "subscription_details", details);
        } else {
            let parent = details
                .map(|details| json!({"quote_details": null, "subscription_details": details, "type": "subscription_details"}));
            set(object, "parent", parent);
        }
        let Some(line) = object["lines"]["data"].get_mut(0) else {
            return;
        };
        set(line, "amount", invoice.amount_due);
        set(line, "invoice", invoice.id.as_deref());
        if subscription.is_none() {
            if self.is_before_basil {
                set(line, "subscription", Value::Null);
                set(line, "subscription_item", Value::Null);
                set(line, "type", "invoiceitem");
            } else {
                let details =
                    json!({"invoice_item": "ii_1Dunlin", "proration": false, "proration_details": null, "subscription": null});
                let parent =
                    json!({"invoice_item_details": details, "subscription_item_details": null, "type": "invoice_item_details"});
                set(line, "parent", parent);
            }
        }
    }
}

fn tell_price(json: &mut Value, item: &Item<'_>) {
    let amount = unit_amount(&item.price);
    for (name, amount_name) in [("price", "unit_amount"), ("plan", "amount")] {
        let price = member(json, name);
        set(price, "id", item.price.as_ref());
        set(price, amount_name, amount);
        set(price, &format!("{amount_name}_decimal"), amount.to_string());
    }
    set(json, "quantity", item.quantity);
}

fn tell_payment_method(object: &mut Value, method: &PaymentMethod<'_>) {
    set(object, "id", method.id.as_ref());
    set(object, "customer", method.customer.as_deref());
    set(object, "type", method.kind.as_ref());
    set(object, "created", method.created);
    let Some(card) = &method.card else {
        drop(object.as_object_mut().and_then(|object| object.remove("card")));
        let kind = method.kind.as_ref();
        set(
            object,
            kind,
            json!({"bank_code": "37040044", "country": "DE", "last4": "3000"}),
        );
        return;
    };
    let json = member(object, "card");
    set(json, "brand", card.brand.as_ref());
    set(json, "last4", card.last4.as_ref());
    set(json, "exp_month", card.exp_month);
    set(json, "exp_year", card.exp_year);
}

fn tell_customer(object: &mut Value, customer: &Customer<'_>) {
    set(object, "id", customer.id.as_ref());
    set(object, "email", customer.email.as_deref());
    set(object, "name", customer.name.as_deref());
    let default = customer.default_payment_method.as_deref();
    set(member(object, "invoice_settings"), "default_payment_method", default);
    set(object, "metadata", json!(customer.metadata));
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
