//! Invoices as JSON.

use serde_json::{Value, json};
use stripe_event::{Invoice, InvoiceStatus};

use super::set;
use super::shape::Shape;
use crate::overrides::member;

impl Shape {
    pub(super) fn tell_invoice(&self, object: &mut Value, invoice: &Invoice<'_>) {
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
