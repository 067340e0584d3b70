//! Stripe's objects, complete, in the shape of one API version.

use serde_json::{Value, json};

use super::life::DAY;

/// The shape of an API version.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) version: &'static str,
}

/// Returns the object with these fields in place of its own.
pub(super) fn with(mut object: Value, fields: Value) -> Value {
    let (Value::Object(own), Value::Object(fields)) = (&mut object, fields) else {
        panic!("only objects have fields");
    };
    own.extend(fields);
    object
}

impl Shape {
    /// Returns true before 2025-03-31.basil: periods belong to the subscription, and an invoice names its subscription
    /// itself.
    fn is_before_basil(self) -> bool {
        self.version < "2025-03-31"
    }

    /// Returns true since 2026-09-30.endive.
    pub(super) fn is_endive(self) -> bool {
        self.version > "2026-09-30"
    }

    /// Makes a subscription to one price of 49.00 a month, created when its present period began.
    pub(super) fn subscription(self, id: &str, customer: &str, status: &str, start: i64) -> Value {
        let period = json!({"current_period_start": start, "current_period_end": start + 30 * DAY});
        let of_item = if self.is_before_basil() { json!({}) } else { period.clone() };
        let item = with(item(id, start), of_item);
        let items = json!({"object": "list", "data": [item], "has_more": false, "total_count": 1});
        let fields = json!({
            "id": id, "object": "subscription", "application": null, "application_fee_percent": null,
            "billing_thresholds": null, "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null,
            "collection_method": "charge_automatically", "created": start, "currency": "dkk", "customer": customer,
            "days_until_due": null, "default_payment_method": null, "default_source": null, "ended_at": null,
        });
        let more = json!({
            "cancellation_details": {"comment": null, "feedback": null, "reason": null},
            "discounts": [], "items": items, "latest_invoice": format!("in_first_{id}"), "livemode": false, "metadata": {},
            "pause_collection": null, "pending_update": null, "schedule": null, "start_date": start, "status": status,
            "trial_end": null, "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "trial_start": null,
        });
        with(with(fields, more), self.of_version(&period, start))
    }

    fn of_version(self, period: &Value, start: i64) -> Value {
        if self.is_before_basil() {
            return with(period.clone(), json!({"billing_cycle_anchor": start, "discount": null}));
        }
        let mode = json!({"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": start});
        if self.is_endive() {
            let anchor = json!({"timestamp": start, "type": "timestamp"});
            json!({"billing_cycle_anchor": anchor, "billing_mode": mode, "customer_account": null, "status_details": null})
        } else {
            json!({"billing_cycle_anchor": start})
        }
    }

    /// Puts the subscription in a trial, and its items too in versions where they can have one.
    pub(super) fn in_trial(self, mut subscription: Value, (start, end): (i64, i64)) -> Value {
        if self.is_endive() {
            let trial = json!({"start_date": start, "end_date": end, "trial_offer": null});
            subscription["items"]["data"][0]["current_trial"] = trial;
        }
        with(subscription, json!({"trial_start": start, "trial_end": end}))
    }

    /// Takes every price off the subscription.
    pub(super) fn for_free(self, subscription: Value) -> Value {
        let coupon = json!({"id": "free", "object": "coupon", "percent_off": 100, "duration": "forever"});
        let discount = json!({"id": "di_1", "object": "discount", "coupon": coupon});
        let fields = if self.is_before_basil() {
            json!({"discount": discount})
        } else {
            json!({"discounts": ["di_1"]})
        };
        with(subscription, fields)
    }

    /// Makes a renewal's invoice of 49.00 that is open after a first attempt, made a minute before.
    pub(super) fn invoice(self, id: &str, customer: &str, subscription: &str, at: i64) -> Value {
        let details = json!({"metadata": {}, "subscription": subscription});
        let parent = if self.is_before_basil() {
            json!({"subscription": subscription, "subscription_details": {"metadata": {}}, "paid": false})
        } else {
            json!({"parent": {"quote_details": null, "subscription_details": details, "type": "subscription_details"}})
        };
        with(invoice(id, customer, at), parent)
    }

    /// Makes an invoice that was created by hand.
    pub(super) fn one_off(self, id: &str, customer: &str, at: i64) -> Value {
        let parent = if self.is_before_basil() {
            json!({"subscription": null, "paid": false})
        } else {
            json!({"parent": null})
        };
        with(invoice(id, customer, at), with(parent, json!({"billing_reason": "manual"})))
    }

    /// Returns the same invoice, paid.
    pub(super) fn paid(self, invoice: Value, at: i64) -> Value {
        let due = invoice["amount_due"].clone();
        let transitions = with(invoice["status_transitions"].clone(), json!({"paid_at": at}));
        let paid = json!({
            "status": "paid", "amount_paid": due, "amount_remaining": 0, "next_payment_attempt": null,
            "status_transitions": transitions,
        });
        let by_version = if self.is_before_basil() {
            json!({"paid": true})
        } else {
            json!({})
        };
        with(with(invoice, paid), by_version)
    }

    /// Makes the preview of the invoice that Stripe will issue at this time.
    pub(super) fn upcoming(self, customer: &str, subscription: &str, due_at: i64, amount: i64) -> Value {
        let mut preview = with(
            over(self.invoice("in_none", customer, subscription, due_at), amount),
            json!({
                "attempt_count": 0, "attempted": false, "billing_reason": "upcoming", "created": due_at, "hosted_invoice_url": null,
                "next_payment_attempt": due_at + 3600, "number": null, "period_end": due_at, "status": "draft",
                "status_transitions": {"finalized_at": null, "paid_at": null},
            }),
        );
        preview.as_object_mut().unwrap().remove("id");
        preview
    }
}

fn item(subscription: &str, created: i64) -> Value {
    json!({
        "id": format!("si_{subscription}"), "object": "subscription_item", "billing_thresholds": null, "created": created,
        "discounts": [], "metadata": {}, "price": price("price_basic"), "quantity": 1, "subscription": subscription,
        "tax_rates": [],
    })
}

fn price(id: &str) -> Value {
    json!({
        "id": id, "object": "price", "active": true, "billing_scheme": "per_unit", "currency": "dkk", "livemode": false,
        "metadata": {}, "product": "prod_basic", "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "tiers_mode": null, "transform_quantity": null, "type": "recurring", "unit_amount": 4900, "unit_amount_decimal": "4900",
    })
}

fn invoice(id: &str, customer: &str, at: i64) -> Value {
    let fields = json!({
        "id": id, "object": "invoice", "amount_due": 4900, "amount_paid": 0, "amount_remaining": 4900, "attempt_count": 1,
        "attempted": true, "auto_advance": true, "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically", "created": at - 60, "currency": "dkk", "customer": customer,
        "default_payment_method": null, "due_date": null, "hosted_invoice_url": format!("https://invoice.stripe.com/i/acct_x/{id}"),
        "last_finalization_error": null,
    });
    let more = json!({
        "lines": {"object": "list", "data": [], "has_more": false, "total_count": 0}, "livemode": false, "metadata": {},
        "next_payment_attempt": at + 3 * DAY, "number": "A-0001", "period_end": at, "period_start": at - 30 * DAY,
        "status": "open", "subtotal": 4900, "total": 4900,
        "status_transitions": {"finalized_at": at - 60, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null},
    });
    with(fields, more)
}

/// Returns the same invoice over another amount.
pub(super) fn over(invoice: Value, amount: i64) -> Value {
    let sums = json!({"amount_due": amount, "amount_remaining": amount, "subtotal": amount, "total": amount});
    with(invoice, sums)
}

/// Returns the same subscription with another price.
pub(super) fn priced(mut subscription: Value, id: &str) -> Value {
    subscription["items"]["data"][0]["price"] = price(id);
    subscription
}

/// Returns the same subscription in another status.
pub(super) fn in_status(subscription: &Value, status: &str) -> Value {
    with(subscription.clone(), json!({"status": status}))
}

/// Returns the same subscription, set to end with its period.
pub(super) fn to_end(subscription: &Value, ends_at: i64, set_at: i64) -> Value {
    let end = json!({"cancel_at_period_end": true, "cancel_at": ends_at, "canceled_at": set_at});
    with(subscription.clone(), end)
}

/// Returns the fields of a subscription before its end was set.
pub(super) fn no_end() -> Value {
    json!({"cancel_at_period_end": false, "cancel_at": null, "canceled_at": null})
}

/// Returns the same subscription, ended, with this reason.
pub(super) fn ended(subscription: &Value, at: i64, reason: Option<&str>) -> Value {
    let why = json!({"comment": null, "feedback": null, "reason": reason});
    let canceled_at = Some(&subscription["canceled_at"]).filter(|set| !set.is_null());
    let end = json!({
        "status": "canceled", "ended_at": at, "canceled_at": canceled_at.cloned().unwrap_or(json!(at)), "cancellation_details": why,
    });
    with(subscription.clone(), end)
}

/// Makes a customer's card.
pub(super) fn card(id: &str, customer: Option<&str>, last4: &str, created: i64) -> Value {
    let details = json!({
        "brand": "visa", "country": "DK", "exp_month": 8, "exp_year": 2031, "fingerprint": format!("finger{last4}"),
        "funding": "credit", "last4": last4, "networks": {"available": ["visa"], "preferred": null}, "wallet": null,
    });
    json!({
        "id": id, "object": "payment_method", "billing_details": {"email": null, "name": "Bo", "phone": null}, "card": details,
        "created": created, "customer": customer, "livemode": false, "metadata": {}, "type": "card",
    })
}

/// Makes a customer whose invoices are charged to this card, if to any.
pub(super) fn customer(id: &str, default_payment_method: Option<&str>) -> Value {
    let settings = json!({"custom_fields": null, "default_payment_method": default_payment_method, "footer": null});
    json!({
        "id": id, "object": "customer", "balance": 0, "created": 1_700_000_000, "currency": "dkk", "default_source": null,
        "delinquent": false, "email": "bo@example.com", "invoice_settings": settings, "livemode": false, "metadata": {},
        "name": "Bo",
    })
}
