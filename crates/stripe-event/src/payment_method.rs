//! A payment method.

use std::borrow::Cow;

use serde::Deserialize;

use crate::error::{ObjectError, Problem};
use crate::field::{Field, hash};
use crate::json::Json;
use crate::text::{Expandable, Id, Text};
use crate::timestamp::Timestamp;

/// A payment method.
///
/// See <https://docs.stripe.com/api/payment_methods/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMethod<'a> {
    /// `pm_…`, or `card_…` for older cards.
    pub id: Cow<'a, str>,
    /// `cus_…`, or the account that replaces it; `None` if detached.
    pub customer: Option<Cow<'a, str>>,
    /// Its `type`, such as `card` or `sepa_debit`.
    pub kind: Cow<'a, str>,
    /// The card, if the type is `card`.
    pub card: Option<Card<'a>>,
    /// The time of its creation, in Unix seconds.
    pub created: i64,
}

/// The fields of a card that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card<'a> {
    /// The brand, in lower case as sent, such as `visa`.
    pub brand: Cow<'a, str>,
    /// The last four digits.
    pub last4: Cow<'a, str>,
    /// The last month in which it is valid, 1 to 12.
    pub exp_month: u8,
    /// The year of that month, in four digits.
    pub exp_year: u16,
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
    #[serde(borrow, rename = "type")]
    kind: Field<Text<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    card: Field<WireCard<'a>>,
    created: Field<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireCard<'a> {
    #[serde(borrow)]
    brand: Field<Text<'a>>,
    #[serde(borrow)]
    last4: Field<Text<'a>>,
    exp_month: Field<u8>,
    exp_year: Field<u16>,
}

impl<'a> PaymentMethod<'a> {
    pub(crate) fn read(object: &Json<'a>) -> Result<Self, ObjectError> {
        let wire: Wire<'a> = object.hash().ok_or(ObjectError {
            path: "payment_method",
            problem: Problem::Malformed,
        })?;
        let Id(id) = wire.id.required("payment_method.id")?;
        let Text(kind) = wire.kind.required("payment_method.type")?;
        let Timestamp(created) = wire.created.required("payment_method.created")?;
        let customer = wire.customer.id("payment_method.customer")?;
        let account = wire.customer_account.id("payment_method.customer_account")?;
        let card = wire.card.optional("payment_method.card")?;
        Ok(Self {
            id,
            customer: customer.or(account),
            kind,
            card: card.map(WireCard::normalised).transpose()?,
            created,
        })
    }
}

impl<'a> WireCard<'a> {
    fn normalised(self) -> Result<Card<'a>, ObjectError> {
        let Text(brand) = self.brand.required("payment_method.card.brand")?;
        let Text(last4) = self.last4.required("payment_method.card.last4")?;
        Ok(Card {
            brand,
            last4,
            exp_month: self.exp_month.required("payment_method.card.exp_month")?,
            exp_year: self.exp_year.required("payment_method.card.exp_year")?,
        })
    }
}
