//! The state of an invoice at the click, and its consequence. Pure.

use persistence::KnownInvoice;
use serde::Deserialize;
use stripe_event::{Invoice, InvoiceStatus};
use subscription::Status;

/// The state of an invoice at the click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The customer of the invoice, if Stripe was asked.
    pub(super) customer: Option<String>,
    /// Stripe's page at which it can be paid without a login.
    pub(super) hosted_invoice_url: Option<String>,
    state: State,
    /// True if its subscription has ended or is given up, so that the page is dead.
    /// <https://docs.stripe.com/api/invoices/object#invoice_object-hosted_invoice_url>
    is_page_dead: bool,
    /// True if its payment waits for the cardholder to confirm it.
    waits_for_cardholder: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Paid,
    /// Not payable yet, or no longer.
    NotPayable,
}

/// The destination of a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// The hosted invoice page, which asks the cardholder to confirm the payment.
    /// <https://docs.stripe.com/invoicing/hosted-invoice-page>
    Confirm,
    /// The hosted invoice page.
    HostedInvoice,
    /// A session of the billing portal.
    Portal,
    /// The SaaS's own billing page.
    BillingPage,
    /// Nowhere, because it is paid.
    Paid,
    /// Nowhere for now.
    Later,
}

impl Destination {
    /// Returns the word for it in the timeline.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm_payment",
            Self::HostedInvoice => "hosted_invoice",
            Self::Portal => "billing_portal",
            Self::BillingPage => "billing_page",
            Self::Paid => "paid",
            Self::Later => "later",
        }
    }
}

impl Shown {
    /// Parses an invoice as Stripe shows it, with its payments and its subscription included. Returns `None` if it is
    /// no invoice.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let invoice = Invoice::parse(json).ok()?.object;
        let expanded: Expanded = serde_json::from_slice(json).unwrap_or_default();
        let subscription = expanded
            .parent
            .and_then(|parent| parent.subscription_details?.subscription?.status);
        let mut payments = expanded.payments.unwrap_or_default().data.into_iter();
        Some(Self {
            customer: Some(invoice.customer.into_owned()),
            hosted_invoice_url: invoice.hosted_invoice_url.map(std::borrow::Cow::into_owned),
            state: match invoice.status {
                Some(InvoiceStatus::Open) => State::Open,
                Some(InvoiceStatus::Paid) => State::Paid,
                Some(InvoiceStatus::Draft | InvoiceStatus::Uncollectible | InvoiceStatus::Void | InvoiceStatus::Other(_))
                | None => State::NotPayable,
            },
            is_page_dead: subscription.is_some_and(|status| is_page_dead(&Status::from(status.as_str()))),
            waits_for_cardholder: payments.any(|payment| payment.waits_for_cardholder()),
        })
    }

    /// Marks its page as dead if events told of the subscription's end.
    pub(super) fn ended_as(self, known: &KnownInvoice) -> Self {
        let has_ended = known.subscription.as_ref().is_some_and(Status::is_terminal);
        Self {
            is_page_dead: self.is_page_dead || has_ended,
            ..self
        }
    }

    /// Returns the state that events told.
    pub(super) fn told(known: &KnownInvoice) -> Self {
        use subscription::facts::InvoiceStatus as Told;
        Self {
            customer: None,
            hosted_invoice_url: known.invoice.shown.hosted_invoice_url.clone(),
            state: match known.invoice.status() {
                Told::Open => State::Open,
                Told::Paid => State::Paid,
                Told::Draft | Told::Uncollectible | Told::Void | Told::Deleted => State::NotPayable,
            },
            is_page_dead: known.subscription.as_ref().is_some_and(is_page_dead),
            waits_for_cardholder: known.invoice.action_required_attempt.is_some(),
        }
    }

    /// Returns the destination of a click.
    pub(super) fn destination(&self) -> Destination {
        match self.state {
            State::Paid => Destination::Paid,
            State::NotPayable => Destination::Portal,
            State::Open if self.is_page_dead || self.hosted_invoice_url.is_none() => Destination::Portal,
            State::Open if self.waits_for_cardholder => Destination::Confirm,
            State::Open => Destination::HostedInvoice,
        }
    }
}

fn is_page_dead(subscription: &Status) -> bool {
    subscription.is_terminal() || *subscription == Status::Unpaid
}

/// The parts of an invoice that Stripe only includes on request.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Expanded {
    payments: Option<Payments>,
    parent: Option<Parent>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payments {
    data: Vec<Payment>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payment {
    payment: Option<PaidWith>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PaidWith {
    payment_intent: Option<Statused>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parent {
    subscription_details: Option<SubscriptionDetails>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SubscriptionDetails {
    subscription: Option<Statused>,
}

/// Anything that has a status.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Statused {
    status: Option<String>,
}

impl Payment {
    /// Returns true if the payment waits for the cardholder.
    /// <https://docs.stripe.com/payments/paymentintents/lifecycle>
    fn waits_for_cardholder(&self) -> bool {
        let intent = self.payment.as_ref().and_then(|payment| payment.payment_intent.as_ref());
        intent.and_then(|intent| intent.status.as_deref()) == Some("requires_action")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(status: &str, hosted: Option<&str>, subscription: &str, intent: &str) -> Shown {
        let payment = json!({"payment": {"type": "payment_intent", "payment_intent": {"id": "pi_1", "status": intent}}});
        let details = json!({"subscription": {"id": "sub_1", "object": "subscription", "status": subscription}});
        let invoice = json!({
            "id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "eur", "created": 1, "status": status,
            "hosted_invoice_url": hosted, "payments": {"data": [payment]}, "parent": {"subscription_details": details},
        });
        Shown::parse(invoice.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn where_a_click_leads_depends_on_what_is_true_now() {
        let page = Some("https://invoice.stripe.com/i/1");
        for (status, hosted, subscription, intent, destination) in [
            (
                "open",
                page,
                "past_due",
                "requires_payment_method",
                Destination::HostedInvoice,
            ),
            ("open", page, "past_due", "requires_action", Destination::Confirm),
            ("open", None, "past_due", "requires_action", Destination::Portal),
            ("open", page, "unpaid", "requires_payment_method", Destination::Portal),
            ("open", page, "canceled", "requires_action", Destination::Portal),
            ("paid", page, "active", "succeeded", Destination::Paid),
            ("paid", page, "canceled", "succeeded", Destination::Paid),
            ("void", page, "active", "canceled", Destination::Portal),
            (
                "uncollectible",
                page,
                "past_due",
                "requires_payment_method",
                Destination::Portal,
            ),
            ("draft", None, "active", "requires_payment_method", Destination::Portal),
            (
                "something_new",
                page,
                "active",
                "requires_payment_method",
                Destination::Portal,
            ),
        ] {
            let shown = shown(status, hosted, subscription, intent);
            assert_eq!(
                shown.destination(),
                destination,
                "{status} {hosted:?} {subscription} {intent}"
            );
            assert_eq!(shown.customer.as_deref(), Some("cus_1"));
        }
    }

    #[test]
    fn what_is_not_expanded_is_not_known() {
        let json = br#"{"id":"in_1","object":"invoice","customer":"cus_1","currency":"eur","created":1,"status":"open",
            "hosted_invoice_url":"https://invoice.stripe.com/i/1","parent":{"subscription_details":{"subscription":"sub_1"}}}"#;
        assert_eq!(Shown::parse(json).unwrap().destination(), Destination::HostedInvoice);
        assert_eq!(Shown::parse(b"{}"), None);
    }
}
