//! An invoice as sent.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Invoice, InvoiceStatus};
use crate::error::{Flaw, ObjectError, Problem};
use crate::field::{Field, hash};
use crate::text::{Expandable, Id, Text};
use crate::timestamp::Timestamp;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wire<'a> {
    #[serde(borrow)]
    id: Field<Id<'a>>,
    #[serde(borrow)]
    customer: Field<Expandable<'a>>,
    #[serde(borrow)]
    customer_account: Field<Expandable<'a>>,
    /// Since 2025-03-31.basil.
    #[serde(borrow, deserialize_with = "hash")]
    parent: Field<Parent<'a>>,
    /// Before 2025-03-31.basil.
    #[serde(borrow)]
    subscription: Field<Expandable<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    lines: Field<Lines<'a>>,
    #[serde(borrow)]
    status: Field<Text<'a>>,
    /// Before 2025-03-31.basil.
    paid: Field<bool>,
    #[serde(borrow)]
    billing_reason: Field<Text<'a>>,
    #[serde(borrow)]
    collection_method: Field<Text<'a>>,
    /// Before 2019-10-17, in place of `collection_method`.
    #[serde(borrow)]
    billing: Field<Text<'a>>,
    created: Field<Timestamp>,
    /// Before 2019-03-14, in place of `created`.
    date: Field<Timestamp>,
    attempt_count: Field<u32>,
    attempted: Field<bool>,
    next_payment_attempt: Field<Timestamp>,
    due_date: Field<Timestamp>,
    period_start: Field<Timestamp>,
    period_end: Field<Timestamp>,
    amount_due: Field<i64>,
    amount_paid: Field<i64>,
    amount_remaining: Field<i64>,
    total: Field<i64>,
    #[serde(borrow)]
    currency: Field<Text<'a>>,
    #[serde(borrow)]
    hosted_invoice_url: Field<Text<'a>>,
    #[serde(borrow)]
    number: Field<Text<'a>>,
    #[serde(deserialize_with = "hash")]
    status_transitions: Field<StatusTransitions>,
    #[serde(borrow, deserialize_with = "hash")]
    last_finalization_error: Field<FinalizationError<'a>>,
}

/// The origin of an invoice or of one of its lines.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parent<'a> {
    /// The details of an invoice.
    #[serde(borrow, rename = "subscription_details", deserialize_with = "hash")]
    subscription: Field<SubscriptionDetails<'a>>,
    /// The details of a line.
    #[serde(borrow, rename = "subscription_item_details", deserialize_with = "hash")]
    subscription_item: Field<SubscriptionDetails<'a>>,
    /// The details of a line from an invoice item, such as a proration.
    #[serde(borrow, rename = "invoice_item_details", deserialize_with = "hash")]
    invoice_item: Field<SubscriptionDetails<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SubscriptionDetails<'a> {
    #[serde(borrow)]
    subscription: Field<Expandable<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lines<'a> {
    #[serde(borrow)]
    data: Field<Vec<Line<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    subscription: Field<Expandable<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    parent: Field<Parent<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusTransitions {
    paid_at: Field<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FinalizationError<'a> {
    #[serde(borrow)]
    code: Field<Text<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Field<Text<'a>>,
}

impl<'a> Wire<'a> {
    /// Converts it to the one shape for all versions.
    pub(super) fn normalised(self) -> Result<Invoice<'a>, ObjectError> {
        let customer = self.customer.id("invoice.customer")?;
        let account = self.customer_account.id("invoice.customer_account")?;
        let Timestamp(created) = self.created.or(self.date).required("invoice.created")?;
        let Text(currency) = self.currency.required("invoice.currency")?;
        let transitions = self.status_transitions.optional("invoice.status_transitions")?;
        Ok(Invoice {
            id: self.id.optional("invoice.id")?.map(|Id(id)| id),
            customer: customer.or(account).ok_or(Flaw {
                field: "invoice.customer",
                problem: Problem::Missing,
            })?,
            subscription: subscription(self.parent, self.subscription, self.lines)?,
            status: status(self.status, self.paid)?,
            billing_reason: self.billing_reason.text("invoice.billing_reason")?,
            collection_method: self.collection_method.or(self.billing).text("invoice.collection_method")?,
            created,
            attempt_count: or_default("invoice.attempt_count", self.attempt_count)?,
            attempted: or_default("invoice.attempted", self.attempted)?,
            next_payment_attempt: self.next_payment_attempt.seconds("invoice.next_payment_attempt")?,
            due_date: self.due_date.seconds("invoice.due_date")?,
            period_start: self.period_start.seconds("invoice.period_start")?,
            period_end: self.period_end.seconds("invoice.period_end")?,
            amount_due: or_default("invoice.amount_due", self.amount_due)?,
            amount_paid: or_default("invoice.amount_paid", self.amount_paid)?,
            amount_remaining: or_default("invoice.amount_remaining", self.amount_remaining)?,
            total: or_default("invoice.total", self.total)?,
            currency,
            hosted_invoice_url: self.hosted_invoice_url.text("invoice.hosted_invoice_url")?,
            number: self.number.text("invoice.number")?,
            paid_at: transitions
                .unwrap_or_default()
                .paid_at
                .seconds("invoice.status_transitions.paid_at")?,
            finalization_error: self
                .last_finalization_error
                .known()
                .and_then(|error| error.code.or(error.kind).known())
                .map(|Text(code)| code),
        })
    }
}

fn or_default<T: Default>(field: &'static str, value: Field<T>) -> Result<T, Flaw> {
    Ok(value.optional(field)?.unwrap_or_default())
}

/// Returns the status. Old invoices without one say whether they are paid.
fn status(status: Field<Text<'_>>, paid: Field<bool>) -> Result<Option<InvoiceStatus<'_>>, Flaw> {
    let status = status.text("invoice.status")?.map(InvoiceStatus::parse);
    let paid = or_default("invoice.paid", paid)?;
    Ok(status.or(paid.then_some(InvoiceStatus::Paid)))
}

/// Returns the subscription, from any place where a version names it. The whole invoice takes precedence over its
/// lines.
fn subscription<'a>(
    parent: Field<Parent<'a>>,
    old: Field<Expandable<'a>>,
    lines: Field<Lines<'a>>,
) -> Result<Option<Cow<'a, str>>, Flaw> {
    let parent = parent.optional("invoice.parent")?.unwrap_or_default();
    let details = parent
        .subscription
        .optional("invoice.parent.subscription_details")?
        .unwrap_or_default();
    let of_parent = details.subscription.id("invoice.parent.subscription_details.subscription")?;
    let of_invoice = old.id("invoice.subscription")?;
    let lines = lines.optional("invoice.lines")?.unwrap_or_default();
    let lines = lines.data.optional("invoice.lines.data")?;
    Ok(of_parent
        .or(of_invoice)
        .or_else(|| lines.into_iter().flatten().find_map(Line::subscription)))
}

impl<'a> Line<'a> {
    fn subscription(self) -> Option<Cow<'a, str>> {
        let parent = self.parent.known().unwrap_or_default();
        [parent.subscription_item, parent.invoice_item]
            .into_iter()
            .filter_map(Field::known)
            .find_map(|details| details.subscription.known())
            .or_else(|| self.subscription.known())
            .map(|Expandable(id)| id)
    }
}
