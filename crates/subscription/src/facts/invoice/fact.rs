//! What one event or API read tells about an invoice.

use super::status::InvoiceStatus;
use crate::{EventId, Money, SubscriptionId, UnixSeconds};

/// The information that an event's type adds to the invoice object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum InvoiceCause {
    /// `invoice.payment_failed`
    PaymentFailed,
    /// `invoice.payment_action_required`
    PaymentActionRequired,
    /// `invoice.finalization_failed`
    FinalizationFailed,
    /// `invoice.payment_attempt_required`
    PaymentAttemptRequired,
    /// Any other event with an invoice in it.
    #[default]
    Other,
}

/// The content of one event or API read about one invoice. For a read, `event` is `read:` followed by its second, and
/// the cause is [`InvoiceCause::Other`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvoiceFact {
    /// The event, or `read:` and a second.
    pub event: EventId,
    /// The event's `created`.
    pub told_at: UnixSeconds,
    /// The kind of event.
    pub cause: InvoiceCause,
    /// The object's status. An unknown status is no evidence of progress and becomes [`InvoiceStatus::Draft`].
    pub status: InvoiceStatus,
    /// The subscription it is for.
    pub subscription: Option<SubscriptionId>,
    /// The invoice's own `created`.
    pub created: UnixSeconds,
    /// `attempt_count`.
    pub attempt_count: u32,
    /// `status_transitions.paid_at`.
    pub paid_at: Option<UnixSeconds>,
    /// `billing_reason`.
    pub billing_reason: Option<String>,
    /// `collection_method`.
    pub collection_method: Option<String>,
    /// `next_payment_attempt`.
    pub next_payment_attempt: Option<UnixSeconds>,
    /// `amount_due` and `currency`.
    pub amount_due: Money,
    /// `hosted_invoice_url`.
    pub hosted_invoice_url: Option<String>,
    /// `number`.
    pub number: Option<String>,
    /// `amount_remaining`.
    pub amount_remaining: Option<i64>,
    /// `amount_paid`.
    pub amount_paid: Option<i64>,
    /// `due_date`.
    pub due_date: Option<UnixSeconds>,
    /// `last_finalization_error.code`.
    pub finalization_error: Option<String>,
    /// The invoice before the change, if the event reports it.
    pub before: Option<Box<InvoiceFact>>,
}
