//! One version of an invoice.

use super::super::newest::last_of;
use super::fact::InvoiceFact;
use crate::{EventId, Money, UnixSeconds};

/// One version of an invoice. The more advanced version is the greater one. Of several equally advanced versions of one
/// second, the one to which the others lead counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shown {
    /// The status's rank in the lattice.
    rank: u8,
    /// `attempt_count`.
    pub attempt_count: u32,
    /// The event's `created`.
    pub told_at: UnixSeconds,
    /// The event.
    pub event: EventId,
    /// The invoice's own `created`.
    pub created: UnixSeconds,
    /// `billing_reason`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub billing_reason: Option<String>,
    /// `charge_automatically` or `send_invoice`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub collection_method: Option<String>,
    /// The time of Stripe's next attempt. `None` does not mean never.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub next_payment_attempt: Option<UnixSeconds>,
    /// The amount to be paid.
    pub amount_due: Money,
    /// The pay link that needs no login.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub hosted_invoice_url: Option<String>,
    /// The invoice number that people see.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub number: Option<String>,
    /// The amount left to pay, in minor units.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub amount_remaining: Option<i64>,
    /// The amount paid so far, in minor units.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub amount_paid: Option<i64>,
    /// The due date, if the invoice is sent rather than charged.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub due_date: Option<UnixSeconds>,
    /// The version before the event, if the event reports it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(super) before: Option<Box<Shown>>,
}

impl From<InvoiceFact> for Shown {
    fn from(fact: InvoiceFact) -> Self {
        Self {
            rank: fact.status.rank(),
            attempt_count: fact.attempt_count,
            told_at: fact.told_at,
            event: fact.event,
            created: fact.created,
            billing_reason: fact.billing_reason,
            collection_method: fact.collection_method,
            next_payment_attempt: fact.next_payment_attempt,
            amount_due: fact.amount_due,
            hosted_invoice_url: fact.hosted_invoice_url,
            number: fact.number,
            amount_remaining: fact.amount_remaining,
            amount_paid: fact.amount_paid,
            due_date: fact.due_date,
            before: fact.before.map(|before| Box::new(Self::from(*before))),
        }
    }
}

/// The content of a version, without the time of its report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Content<'a> {
    created: UnixSeconds,
    texts: [Option<&'a str>; 4],
    times: [Option<UnixSeconds>; 2],
    amounts: [Option<i64>; 2],
    amount_due: &'a Money,
}

impl Shown {
    /// Returns how far the invoice had progressed, and when this was reported.
    pub(super) fn progress(&self) -> (u8, u32, UnixSeconds) {
        (self.rank, self.attempt_count, self.told_at)
    }

    fn content(&self) -> Content<'_> {
        Content {
            created: self.created,
            texts: [
                self.billing_reason.as_deref(),
                self.collection_method.as_deref(),
                self.hosted_invoice_url.as_deref(),
                self.number.as_deref(),
            ],
            times: [self.next_payment_attempt, self.due_date],
            amounts: [self.amount_remaining, self.amount_paid],
            amount_due: &self.amount_due,
        }
    }

    /// Splits versions of one second that are equally advanced into the last one and the others. Of versions with the
    /// same content and no known predecessor, one stays.
    pub(super) fn newest_of(mut versions: Vec<Self>) -> Option<(Self, Vec<Self>)> {
        versions.sort_unstable();
        versions.dedup();
        let mut kept: Vec<Self> = Vec::with_capacity(versions.len());
        for shown in versions.into_iter().rev() {
            let says_as_much = |other: &Self| other.before.is_none() && other.content() == shown.content();
            if shown.before.is_some() || !kept.iter().any(says_as_much) {
                kept.push(shown);
            }
        }
        let mut versions: Vec<Self> = kept.into_iter().rev().collect();
        let told = versions
            .iter()
            .map(|shown| (shown.before.as_deref().map(Self::content), shown.content()));
        let last = last_of(told);
        let is_last = |shown: &Self| last.is_none_or(|last| shown.content() == last);
        let newest = versions.iter().rposition(is_last)?;
        Some((versions.remove(newest), versions))
    }
}
