//! Customers as JSON.

use serde_json::{Value, json};
use stripe_event::Customer;

use super::set;
use crate::overrides::member;

pub(super) fn tell(object: &mut Value, customer: &Customer<'_>) {
    set(object, "id", customer.id.as_ref());
    set(object, "email", customer.email.as_deref());
    set(object, "name", customer.name.as_deref());
    let default = customer.default_payment_method.as_deref();
    set(member(object, "invoice_settings"), "default_payment_method", default);
    set(object, "metadata", json!(customer.metadata));
}
