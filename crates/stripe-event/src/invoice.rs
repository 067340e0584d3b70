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
    /// `cus_…`, or the account (`acct_…`) that stands in for it in later versions.
    pub customer: Cow<'a, str>,
    /// `sub_…`; `None` for an invoice made by hand.
    pub subscription: Option<Cow<'a, str>>,
    /// Its status; `None` when upcoming in some versions.
    pub status: Option<InvoiceStatus<'a>>,
    /// Why it was made, such as `subscription_create` or `subscription_cycle`.
    pub billing_reason: Option<Cow<'a, str>>,
    /// `charge_automatically` or `send_invoice`.
    pub collection_method: Option<Cow<'a, str>>,
    /// When it was made.
    pub created: i64,
    /// How many attempts of the retry schedule have been made. Attempts by hand don't count.
    pub attempt_count: u32,
    /// Whether payment was ever attempted.
    pub attempted: bool,
    /// When the next attempt is due. `None` does not prove that there will be none.
    pub next_payment_attempt: Option<i64>,
    /// When it is to be paid, if it is sent rather than charged.
    pub due_date: Option<i64>,
    /// Start of the period whose usage it bills. Not the subscription's current period: the one before.
    pub period_start: Option<i64>,
    /// End of that period.
    pub period_end: Option<i64>,
    /// What is to be paid, after credit.
    pub amount_due: i64,
    /// What has been paid.
    pub amount_paid: i64,
    /// What is left to pay.
    pub amount_remaining: i64,
    /// The sum after discounts and tax, before credit.
    pub total: i64,
    /// Three-letter ISO code, in lower case as sent.
    pub currency: Cow<'a, str>,
    /// Where it can be paid without logging in. Dead once the subscription is canceled or unpaid.
    pub hosted_invoice_url: Option<Cow<'a, str>>,
    /// The number printed on it, once it is final.
    pub number: Option<Cow<'a, str>>,
    /// When it was paid.
    pub paid_at: Option<i64>,
    /// Why it cannot be made final, such as `customer_tax_location_invalid` (`last_finalization_error.code`).
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
