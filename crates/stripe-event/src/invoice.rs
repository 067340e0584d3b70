//! An invoice, in one shape for all API versions.

mod status;
mod wire;

use std::borrow::Cow;

use crate::error::{ObjectError, Problem};
use crate::json::Json;
pub use status::InvoiceStatus;
use wire::Wire;

/// An invoice. Times are Unix seconds within 1970..=9999, amounts minor units of the currency.
///
/// See <https://docs.stripe.com/api/invoices/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice<'a> {
    /// `in_…`; an upcoming invoice has none.
    pub id: Option<Cow<'a, str>>,
    /// `cus_…`, or the account (`acct_…`) that replaces it in later versions.
    pub customer: Cow<'a, str>,
    /// `sub_…`; `None` for a manual invoice.
    pub subscription: Option<Cow<'a, str>>,
    /// The status; `None` for an upcoming invoice in some versions.
    pub status: Option<InvoiceStatus<'a>>,
    /// The reason for its creation, such as `subscription_create` or `subscription_cycle`.
    pub billing_reason: Option<Cow<'a, str>>,
    /// `charge_automatically` or `send_invoice`.
    pub collection_method: Option<Cow<'a, str>>,
    /// The time of its creation.
    pub created: i64,
    /// The number of attempts by the retry schedule. Manual attempts do not count.
    pub attempt_count: u32,
    /// `true` if payment was ever attempted.
    pub attempted: bool,
    /// The time of the next attempt. `None` does not prove that there is none.
    pub next_payment_attempt: Option<i64>,
    /// The due date, if it is sent rather than charged.
    pub due_date: Option<i64>,
    /// The start of the period whose usage it bills: the one before the subscription's current period.
    pub period_start: Option<i64>,
    /// The end of that period.
    pub period_end: Option<i64>,
    /// The amount to pay, after credit.
    pub amount_due: i64,
    /// The amount paid.
    pub amount_paid: i64,
    /// The amount left to pay.
    pub amount_remaining: i64,
    /// The sum after discounts and tax, before credit.
    pub total: i64,
    /// Three-letter ISO code, in lower case as sent.
    pub currency: Cow<'a, str>,
    /// The pay link that needs no login. It stops working once the subscription is canceled or unpaid.
    pub hosted_invoice_url: Option<Cow<'a, str>>,
    /// The number printed on it, once it is finalized.
    pub number: Option<Cow<'a, str>>,
    /// The time of its payment.
    pub paid_at: Option<i64>,
    /// The reason why it cannot be finalized, such as `customer_tax_location_invalid` (`last_finalization_error.code`).
    pub finalization_error: Option<Cow<'a, str>>,
}

impl<'a> Invoice<'a> {
    pub(crate) fn read(object: &Json<'a>) -> Result<Self, ObjectError> {
        let wire: Wire<'a> = object.hash().ok_or(ObjectError {
            path: "invoice",
            problem: Problem::Malformed,
        })?;
        wire.normalised()
    }
}
