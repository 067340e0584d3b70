//! Objects as the API shows them.

use serde_json::{Value, json};
use stripe_event::{Event, Invoice, InvoiceStatus, Object};

use super::books::Version;
use crate::overrides::member;
use crate::payload;

/// Returns a whole subscription, invoice or customer in the shape of this API version.
pub(super) fn object(version: &Version, shape: &str, livemode: bool) -> Option<Value> {
    let event = &version.shown_by;
    if version.is_deleted() {
        return Some(json!({"id": version.id, "object": "customer", "deleted": true}));
    }
    let mut object = payload::json(event, shape)?["data"]["object"].take();
    *member(&mut object, "livemode") = json!(livemode);
    if matches!(event.object, Object::Customer { .. }) {
        *member(&mut object, "created") = json!(version.created);
    }
    Some(object)
}

/// Returns an event as the list shows it: in the shape of this version, whatever version it was delivered in.
pub(super) fn event(event: &Event<'_>, shape: &str, is_delivered: bool) -> Option<Value> {
    let mut json = payload::json(event, shape)?;
    *member(&mut json, "pending_webhooks") = json!(i64::from(!is_delivered));
    *member(member(member(&mut json, "data"), "object"), "livemode") = json!(event.livemode);
    Some(json)
}

/// Strips the prefix of an id.
fn bare(id: &str) -> &str {
    id.split_once('_').map_or(id, |(_, bare)| bare)
}

/// Returns true if the invoice has a payment: it is finalized, and an amount is due.
fn has_payment(invoice: &Invoice<'_>) -> bool {
    invoice.amount_due > 0 && !matches!(invoice.status, None | Some(InvoiceStatus::Draft))
}

/// Returns the `payments` of an invoice, see <https://docs.stripe.com/api/invoice-payment/object>. They are shown only
/// on request.
pub(super) fn payments(version: &Version, livemode: bool) -> Value {
    let payment = match &version.shown_by.object {
        Object::Invoice { now, .. } if has_payment(now) => Some(payment(version, now, livemode)),
        _ => None,
    };
    json!({
        "object": "list",
        "data": payment.into_iter().collect::<Vec<_>>(),
        "has_more": false,
        "url": format!("/v1/invoice_payments?invoice={}", version.id),
    })
}

fn payment(version: &Version, invoice: &Invoice<'_>, livemode: bool) -> Value {
    let (status, amount_paid) = match invoice.status {
        Some(InvoiceStatus::Paid) => ("paid", Some(invoice.amount_paid)),
        Some(InvoiceStatus::Void) => ("canceled", None),
        _ => ("open", None),
    };
    let canceled_at = (status == "canceled").then_some(version.shown_by.created);
    json!({
        "id": format!("inpay_{}", bare(&version.id)),
        "object": "invoice_payment",
        "amount_paid": amount_paid,
        "amount_requested": invoice.amount_due,
        "created": invoice.created,
        "currency": invoice.currency,
        "invoice": version.id,
        "is_default": true,
        "livemode": livemode,
        "payment": {"type": "payment_intent", "payment_intent": format!("pi_{}", bare(&version.id))},
        "status": status,
        "status_transitions": {"canceled_at": canceled_at, "paid_at": invoice.paid_at},
    })
}

/// Returns the id of the invoice that this payment intent pays.
pub(super) fn invoice_of(payment_intent: &str) -> Option<String> {
    Some(format!("in_{}", payment_intent.strip_prefix("pi_")?))
}

/// Returns the payment intent of an invoice, see <https://docs.stripe.com/payments/paymentintents/lifecycle>.
pub(super) fn payment_intent(version: &Version, livemode: bool) -> Option<Value> {
    let Object::Invoice { now: invoice, .. } = &version.shown_by.object else {
        return None;
    };
    if !has_payment(invoice) {
        return None;
    }
    let status = match &invoice.status {
        Some(InvoiceStatus::Paid) => "succeeded",
        Some(InvoiceStatus::Void) => "canceled",
        _ if version.waits_for_cardholder => "requires_action",
        _ if invoice.attempt_count > 0 => "requires_payment_method",
        _ => "requires_confirmation",
    };
    let next_action = (status == "requires_action").then(|| json!({"type": "use_stripe_sdk", "use_stripe_sdk": {}}));
    let failed = json!({"code": "card_declined", "decline_code": "generic_decline", "type": "card_error"});
    let id = format!("pi_{}", bare(&version.id));
    Some(json!({
        "amount": invoice.amount_due,
        "amount_received": invoice.amount_paid,
        "capture_method": "automatic",
        "client_secret": format!("{id}_secret_{}", bare(&version.id)),
        "created": invoice.created,
        "currency": invoice.currency,
        "customer": invoice.customer,
        "last_payment_error": (status == "requires_payment_method").then_some(failed),
        "livemode": livemode,
        "metadata": {},
        "next_action": next_action,
        "object": "payment_intent",
        "payment_method_types": ["card"],
        "setup_future_usage": "off_session",
        "status": status,
        "id": id,
    }))
}
