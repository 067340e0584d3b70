//! A Checkout session.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{ObjectError, Problem};
use crate::field::{Field, hash};
use crate::json::Json;
use crate::metadata::Metadata;
use crate::text::{Expandable, Id, Text};

/// A Checkout session. It links a new customer to the tenant that sent them to pay.
///
/// See <https://docs.stripe.com/api/checkout/sessions/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutSession<'a> {
    /// `cs_…`
    pub id: Cow<'a, str>,
    /// `cus_…`, or the account that replaces it; `None` for a guest.
    pub customer: Option<Cow<'a, str>>,
    /// `sub_…`, in mode `subscription`.
    pub subscription: Option<Cow<'a, str>>,
    /// The value from the creator of the session or, with a payment link, from *the payer*: a hint, never a proof.
    pub client_reference_id: Option<Cow<'a, str>>,
    /// `payment`, `setup` or `subscription`.
    pub mode: Option<Cow<'a, str>>,
    /// The metadata that the SaaS wrote, usually at creation.
    pub metadata: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
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
    subscription: Field<Expandable<'a>>,
    #[serde(borrow)]
    client_reference_id: Field<Text<'a>>,
    #[serde(borrow)]
    mode: Field<Text<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    metadata: Field<Metadata<'a>>,
}

impl<'a> CheckoutSession<'a> {
    pub(crate) fn read(object: &Json<'a>) -> Result<Self, ObjectError> {
        let wire: Wire<'a> = object.hash().ok_or(ObjectError {
            path: "checkout.session",
            problem: Problem::Malformed,
        })?;
        let Id(id) = wire.id.required("checkout.session.id")?;
        let customer = wire.customer.id("checkout.session.customer")?;
        let account = wire.customer_account.id("checkout.session.customer_account")?;
        Ok(Self {
            id,
            customer: customer.or(account),
            subscription: wire.subscription.id("checkout.session.subscription")?,
            client_reference_id: wire.client_reference_id.text("checkout.session.client_reference_id")?,
            mode: wire.mode.text("checkout.session.mode")?,
            metadata: wire.metadata.known().unwrap_or_default().0,
        })
    }
}
