//! Charges and disputes as JSON.

use serde_json::Value;
use stripe_event::{Charge, Dispute};

use super::set;

pub(super) fn tell(object: &mut Value, charge: &Charge<'_>) {
    set(object, "id", charge.id.as_ref());
    set(object, "customer", charge.customer.as_deref());
}

pub(super) fn tell_dispute(object: &mut Value, dispute: &Dispute<'_>) {
    set(object, "id", dispute.id.as_ref());
    set(object, "charge", dispute.charge.as_ref());
    set(object, "amount", dispute.amount);
    set(object, "currency", dispute.currency.as_ref());
    set(object, "reason", dispute.reason.as_deref());
    set(object, "status", dispute.status.as_deref());
}
