//! Subscriptions as JSON.

use serde_json::{Value, json};
use stripe_event::{Item, Subscription};

use super::set;
use super::shape::Shape;
use crate::catalogue::unit_amount;
use crate::overrides::member;

impl Shape {
    pub(super) fn tell_subscription(&self, object: &mut Value, subscription: &Subscription<'_>) {
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
