//! The time of the event that a notice describes.

use super::notice::Notice;
use crate::{Customer, UnixSeconds};

impl Customer {
    /// Returns the time of the event that a notice describes. This is neither the time at which Dunlin learned of it,
    /// nor the time of a later event that caused the notice. Returns `None` if the time is unknown, and for notices
    /// about the present or the future.
    pub fn happened_at(&self, notice: &Notice) -> Option<UnixSeconds> {
        match notice {
            Notice::PaymentFailed(failed) | Notice::PaymentFailedAlert(failed) => {
                Some(self.invoices().get(&failed.invoice)?.failures?.last_at)
            }
            Notice::PaymentRecovered { invoice, .. } | Notice::PaidAfterCancelAlert { invoice, .. } => {
                Some(self.invoices().get(invoice)?.payment?.paid_at)
            }
            Notice::TrialExpired { trial_end, .. } => *trial_end,
            Notice::InvoiceOverdue(sent) | Notice::InvoiceOverdueAlert(sent) => Some(sent.due_at),
            Notice::CancellationScheduled(end) | Notice::CancellationScheduledAlert(end) => end.set_at,
            Notice::SubscriptionPaused(paused) => paused.since,
            Notice::DisputeAlert(payment) | Notice::EarlyFraudWarningAlert(payment) => {
                Some(self.disputes().get(&payment.dispute)?.told_at)
            }
            Notice::CardUpdated { payment_method, .. } => self.cards().get(payment_method)?.attached_at,
            Notice::SubscriptionCanceled(ending) | Notice::ChurnAlert(ending) => ending.ended_at,
            Notice::PaymentActionRequired(_)
            | Notice::AccessSuspended { .. }
            | Notice::TrialStarted { .. }
            | Notice::TrialEnding { .. }
            | Notice::RenewalUpcoming { .. }
            | Notice::InvoiceDueSoon(_)
            | Notice::InvoiceVoidedAlert(_)
            | Notice::InvoiceUncollectibleAlert(_)
            | Notice::FinalizationFailedAlert(_)
            | Notice::PaymentAttemptRequiredAlert(_)
            | Notice::SubscriptionUnpaidAlert { .. }
            | Notice::PayerWithNewCustomer { .. }
            | Notice::CancellationWithdrawn(_)
            | Notice::CancellationWithdrawnAlert(_)
            | Notice::SubscriptionResumed(_)
            | Notice::CardExpiring(_) => None,
        }
    }
}
