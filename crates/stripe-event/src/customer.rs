//! A customer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{ObjectError, Problem};
use crate::field::{Field, hash};
use crate::json::Json;
use crate::metadata::Metadata;
use crate::text::{Expandable, Id, Text};

/// A customer.
///
/// See <https://docs.stripe.com/api/customers/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer<'a> {
    /// `cus_…`
    pub id: Cow<'a, str>,
    /// The email address. Personal data.
    pub email: Option<Cow<'a, str>>,
    /// The name. Personal data.
    pub name: Option<Cow<'a, str>>,
    /// `pm_…`: the payment method that invoices use if the subscription has no default of its own.
    pub default_payment_method: Option<Cow<'a, str>>,
    /// The metadata that the SaaS wrote, usually at creation.
    pub metadata: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Field<Id<'a>>,
    #[serde(borrow)]
    email: Field<Text<'a>>,
    #[serde(borrow)]
    name: Field<Text<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    invoice_settings: Field<InvoiceSettings<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    metadata: Field<Metadata<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InvoiceSettings<'a> {
    #[serde(borrow)]
    default_payment_method: Field<Expandable<'a>>,
}

impl<'a> Customer<'a> {
    pub(crate) fn read(object: &Json<'a>) -> Result<Self, ObjectError> {
        let wire: Wire<'a> = object.hash().ok_or(ObjectError {
            path: "customer",
            problem: Problem::Malformed,
        })?;
        let Id(id) = wire.id.required("customer.id")?;
        let settings = wire
            .invoice_settings
            .optional("customer.invoice_settings")?
            .unwrap_or_default();
        Ok(Self {
            id,
            email: wire.email.text("customer.email")?,
            name: wire.name.text("customer.name")?,
            default_payment_method: settings
                .default_payment_method
                .id("customer.invoice_settings.default_payment_method")?,
            metadata: wire.metadata.known().unwrap_or_default().0,
        })
    }
}
