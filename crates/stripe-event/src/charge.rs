//! A charge, and the dispute or warning that may follow it.

use std::borrow::Cow;

use serde::Deserialize;

use crate::field::Field;
use crate::json::Json;
use crate::text::{Expandable, Id, Text};

/// One attempt at a payment.
///
/// See <https://docs.stripe.com/api/charges/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge<'a> {
    /// `ch_…`, or `py_…` if the payment is not by card.
    pub id: Cow<'a, str>,
    /// `cus_…`; `None` if the payer is not a customer.
    pub customer: Option<Cow<'a, str>>,
}

/// A charge that the cardholder disputes with their bank.
///
/// See <https://docs.stripe.com/api/disputes/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute<'a> {
    /// `du_…` or `dp_…`
    pub id: Cow<'a, str>,
    /// `ch_…`: the disputed charge.
    pub charge: Cow<'a, str>,
    /// The disputed amount, in minor units.
    pub amount: i64,
    /// Three-letter ISO code, in lower case; empty if absent.
    pub currency: Cow<'a, str>,
    /// The reason, such as `fraudulent`.
    pub reason: Option<Cow<'a, str>>,
    /// The status, such as `needs_response`, `won` or `lost`.
    pub status: Option<Cow<'a, str>>,
}

/// A card network's warning that a charge may be fraud. A dispute may follow.
///
/// See <https://docs.stripe.com/api/radar/early_fraud_warnings/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyFraudWarning<'a> {
    /// `issfr_…`
    pub id: Cow<'a, str>,
    /// `ch_…`: the suspicious charge.
    pub charge: Cow<'a, str>,
    /// The kind of fraud, such as `made_with_stolen_card`.
    pub fraud_type: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Field<Id<'a>>,
    #[serde(borrow)]
    customer: Field<Expandable<'a>>,
    #[serde(borrow)]
    customer_account: Field<Expandable<'a>>,
    #[serde(borrow)]
    charge: Field<Expandable<'a>>,
    amount: Field<i64>,
    #[serde(borrow)]
    currency: Field<Text<'a>>,
    #[serde(borrow)]
    reason: Field<Text<'a>>,
    #[serde(borrow)]
    status: Field<Text<'a>>,
    #[serde(borrow)]
    fraud_type: Field<Text<'a>>,
}

impl<'a> Charge<'a> {
    pub(crate) fn read(object: &Json<'a>) -> Option<Self> {
        let wire: Wire<'a> = object.hash()?;
        Some(Self {
            id: wire.id.known_id()?,
            customer: wire.customer.known_id().or_else(|| wire.customer_account.known_id()),
        })
    }
}

impl<'a> Dispute<'a> {
    pub(crate) fn read(object: &Json<'a>) -> Option<Self> {
        let wire: Wire<'a> = object.hash()?;
        Some(Self {
            id: wire.id.known_id()?,
            charge: wire.charge.known_id()?,
            amount: wire.amount.known().unwrap_or_default(),
            currency: wire.currency.known_text().unwrap_or_default(),
            reason: wire.reason.known_text(),
            status: wire.status.known_text(),
        })
    }
}

impl<'a> EarlyFraudWarning<'a> {
    pub(crate) fn read(object: &Json<'a>) -> Option<Self> {
        let wire: Wire<'a> = object.hash()?;
        Some(Self {
            id: wire.id.known_id()?,
            charge: wire.charge.known_id()?,
            fraud_type: wire.fraud_type.known_text(),
        })
    }
}
