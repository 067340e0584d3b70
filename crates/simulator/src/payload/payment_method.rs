//! Payment methods as JSON.

use serde_json::{Value, json};
use stripe_event::PaymentMethod;

use super::set;
use crate::overrides::member;

pub(super) fn tell(object: &mut Value, method: &PaymentMethod<'_>) {
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
