//! Notices: events about which somebody is owed a mail. They are data; nothing here sends mail.

use crate::{CustomerId, InvoiceId, Money, PaymentMethodId, SubscriptionId, UnixSeconds};

mod card;
mod ending;
mod payment;

pub use card::ExpiringCard;
pub use ending::{EndCause, Ending, PausedSubscription, SetEnd};
pub use payment::{DisputedPayment, FailedPayment, RenewalPayment, SentInvoice, UncollectedInvoice};

/// A notice that is owed, with the content of its mail.
///
/// Its [`key`](Notice::key) names the fact that it describes. A tenant is owed one notice per key, ever.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "snake_case"))]
pub enum Notice {
    /// To the customer: an attempt to collect a renewal failed.
    PaymentFailed(FailedPayment),
    /// To our own admin: an attempt to collect a renewal failed.
    PaymentFailedAlert(FailedPayment),
    /// To the customer: the bank wants them to confirm the payment (SCA).
    PaymentActionRequired(FailedPayment),
    /// To the customer: a failed payment has succeeded.
    PaymentRecovered {
        /// The invoice.
        invoice: InvoiceId,
        /// The amount that was owed.
        amount: Money,
    },
    /// To our own admin: an invoice was paid after its subscription had ended.
    PaidAfterCancelAlert {
        /// The invoice.
        invoice: InvoiceId,
        /// The ended subscription.
        subscription: SubscriptionId,
        /// The amount that was owed.
        amount: Money,
    },
    /// To the customer, if the operator enables it: a sent invoice is due soon.
    InvoiceDueSoon(SentInvoice),
    /// To the customer: a sent invoice is overdue.
    InvoiceOverdue(SentInvoice),
    /// To our own admin: a sent invoice is overdue.
    InvoiceOverdueAlert(SentInvoice),
    /// To our own admin: an invoice was voided after a failed attempt, and its subscription continues unpaid.
    InvoiceVoidedAlert(UncollectedInvoice),
    /// To our own admin: an invoice was marked uncollectible after a failed attempt, and its subscription continues
    /// unpaid.
    InvoiceUncollectibleAlert(UncollectedInvoice),
    /// To our own admin: an invoice cannot be finalized, so nothing is collected.
    FinalizationFailedAlert(UncollectedInvoice),
    /// To our own admin: an invoice has to be collected outside Stripe.
    PaymentAttemptRequiredAlert(UncollectedInvoice),
    /// To our own admin: one of several subscriptions is unpaid for good, and another one gives the tenant access.
    SubscriptionUnpaidAlert {
        /// The subscription.
        subscription: SubscriptionId,
        /// The amount left to pay, if known.
        amount: Option<Money>,
    },
    /// To our own admin: a payment is disputed, or the dispute is closed.
    DisputeAlert(DisputedPayment),
    /// To our own admin: a card network warns that a payment may be fraud.
    EarlyFraudWarningAlert(DisputedPayment),
    /// To our own admin: somebody paid for this tenant as another Stripe customer than the one that it is bound to.
    PayerWithNewCustomer {
        /// The customer that paid.
        customer: CustomerId,
        /// The customer that the tenant is bound to.
        bound_to: CustomerId,
    },
    /// To the customer: the subscription is set to end.
    CancellationScheduled(SetEnd),
    /// To sales: the subscription is set to end.
    CancellationScheduledAlert(SetEnd),
    /// To the customer: the subscription is no longer set to end.
    CancellationWithdrawn(SetEnd),
    /// To sales: the subscription is no longer set to end.
    CancellationWithdrawnAlert(SetEnd),
    /// To the customer: the subscription or its payments are paused.
    SubscriptionPaused(PausedSubscription),
    /// To the customer: the subscription or its payments continue.
    SubscriptionResumed(PausedSubscription),
    /// To the customer: every retry failed or the payment grace is over, and access is blocked until they pay.
    AccessSuspended {
        /// The subscription.
        subscription: SubscriptionId,
        /// The invoice to pay, if known.
        invoice: Option<InvoiceId>,
        /// The amount owed.
        amount: Option<Money>,
        /// The pay link that needs no login.
        pay_url: Option<String>,
    },
    /// To the customer: the trial has begun.
    TrialStarted {
        /// The subscription.
        subscription: SubscriptionId,
        /// The end of the trial.
        trial_end: Option<UnixSeconds>,
    },
    /// To the customer: the trial ends soon.
    TrialEnding {
        /// The subscription.
        subscription: SubscriptionId,
        /// The end of the trial.
        trial_end: UnixSeconds,
        /// The payment method for the payment after the trial is known.
        #[cfg_attr(feature = "serde", serde(default))]
        has_payment_method: bool,
    },
    /// To the customer: the trial ended and nothing follows it.
    TrialExpired {
        /// The subscription.
        subscription: SubscriptionId,
        /// The end of the trial.
        trial_end: Option<UnixSeconds>,
    },
    /// To the customer: the subscription renews soon, or its trial ends and a payment follows.
    RenewalUpcoming {
        /// The subscription.
        subscription: SubscriptionId,
        /// The time of the renewal.
        due_at: UnixSeconds,
        /// The amount of the renewal.
        amount: Money,
        /// The way in which the renewal is paid.
        #[cfg_attr(feature = "serde", serde(default))]
        how: RenewalPayment,
    },
    /// To the customer: there is a new card.
    CardUpdated {
        /// The payment method.
        payment_method: PaymentMethodId,
        /// `visa`, …
        brand: String,
        /// The last four digits.
        last4: Option<String>,
    },
    /// To the customer: their card expires soon.
    CardExpiring(ExpiringCard),
    /// To the customer: the subscription has ended.
    SubscriptionCanceled(Ending),
    /// To sales: the same.
    ChurnAlert(Ending),
}

/// The audience of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Audience {
    /// The tenant's contacts.
    Customer,
    /// Our own administrators.
    Admin,
    /// Our own sales people.
    Sales,
}

impl Audience {
    /// All audiences.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Admin, Self::Sales];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Admin => "admin",
            Self::Sales => "sales",
        }
    }
}

impl Notice {
    /// Returns the word for this kind of notice.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PaymentFailed(_) => "payment_failed",
            Self::PaymentFailedAlert(_) => "payment_failed_alert",
            Self::PaymentActionRequired(_) => "payment_action_required",
            Self::PaymentRecovered { .. } => "payment_recovered",
            Self::PaidAfterCancelAlert { .. } => "paid_after_cancel_alert",
            Self::InvoiceDueSoon(_) => "invoice_due_soon",
            Self::InvoiceOverdue(_) => "invoice_overdue",
            Self::InvoiceOverdueAlert(_) => "invoice_overdue_alert",
            Self::InvoiceVoidedAlert(_) => "invoice_voided_alert",
            Self::InvoiceUncollectibleAlert(_) => "invoice_uncollectible_alert",
            Self::FinalizationFailedAlert(_) => "finalization_failed_alert",
            Self::PaymentAttemptRequiredAlert(_) => "payment_attempt_required_alert",
            Self::SubscriptionUnpaidAlert { .. } => "subscription_unpaid_alert",
            Self::DisputeAlert(_) => "dispute_alert",
            Self::EarlyFraudWarningAlert(_) => "early_fraud_warning_alert",
            Self::PayerWithNewCustomer { .. } => "payer_with_new_customer",
            Self::CancellationScheduled(_) => "cancellation_scheduled",
            Self::CancellationScheduledAlert(_) => "cancellation_scheduled_alert",
            Self::CancellationWithdrawn(_) => "cancellation_withdrawn",
            Self::CancellationWithdrawnAlert(_) => "cancellation_withdrawn_alert",
            Self::SubscriptionPaused(_) => "subscription_paused",
            Self::SubscriptionResumed(_) => "subscription_resumed",
            Self::AccessSuspended { .. } => "access_suspended",
            Self::TrialStarted { .. } => "trial_started",
            Self::TrialEnding { .. } => "trial_ending",
            Self::TrialExpired { .. } => "trial_expired",
            Self::RenewalUpcoming { .. } => "renewal_upcoming",
            Self::CardUpdated { .. } => "card_updated",
            Self::CardExpiring(_) => "card_expiring",
            Self::SubscriptionCanceled(_) => "subscription_canceled",
            Self::ChurnAlert(_) => "churn_alert",
        }
    }

    /// Returns the key of the fact that the notice describes. It is the same for every event that would owe the notice.
    pub fn key(&self) -> String {
        let with_moment = |id: &dyn std::fmt::Display, at: Option<UnixSeconds>| match at {
            Some(at) => format!("{id}:{at}"),
            None => id.to_string(),
        };
        let about = match self {
            Self::PaymentFailed(failed) | Self::PaymentFailedAlert(failed) | Self::PaymentActionRequired(failed) => {
                format!("{}:{}", failed.invoice, failed.attempt)
            }
            Self::PaymentRecovered { invoice, .. } | Self::PaidAfterCancelAlert { invoice, .. } => invoice.to_string(),
            Self::InvoiceDueSoon(sent) | Self::InvoiceOverdue(sent) | Self::InvoiceOverdueAlert(sent) => {
                format!("{}:{}", sent.invoice, sent.due_at)
            }
            Self::InvoiceVoidedAlert(invoice)
            | Self::InvoiceUncollectibleAlert(invoice)
            | Self::FinalizationFailedAlert(invoice)
            | Self::PaymentAttemptRequiredAlert(invoice) => invoice.invoice.to_string(),
            Self::DisputeAlert(payment) | Self::EarlyFraudWarningAlert(payment) => {
                let stage = if payment.outcome.is_some() { "closed" } else { "opened" };
                format!("{}:{stage}", payment.dispute.as_str())
            }
            Self::PayerWithNewCustomer { customer, .. } => customer.to_string(),
            Self::CancellationScheduled(end)
            | Self::CancellationScheduledAlert(end)
            | Self::CancellationWithdrawn(end)
            | Self::CancellationWithdrawnAlert(end) => with_moment(&end.subscription, end.set_at.or(Some(end.ends_at))),
            Self::SubscriptionPaused(paused) | Self::SubscriptionResumed(paused) => with_moment(&paused.subscription, paused.since),
            Self::TrialEnding {
                subscription, trial_end, ..
            } => format!("{subscription}:{trial_end}"),
            Self::TrialStarted { subscription, .. } | Self::SubscriptionUnpaidAlert { subscription, .. } => {
                subscription.to_string()
            }
            Self::TrialExpired { subscription, trial_end } => with_moment(subscription, *trial_end),
            Self::AccessSuspended {
                subscription, invoice, ..
            } => match invoice {
                Some(invoice) => invoice.to_string(),
                None => subscription.to_string(),
            },
            Self::RenewalUpcoming {
                subscription, due_at, ..
            } => format!("{subscription}:{due_at}"),
            Self::CardUpdated { payment_method, .. } => payment_method.to_string(),
            Self::CardExpiring(card) => {
                format!(
                    "{}:{}-{:02}:{}",
                    card.payment_method, card.exp_year, card.exp_month, card.days
                )
            }
            Self::SubscriptionCanceled(ending) | Self::ChurnAlert(ending) => ending.subscription.to_string(),
        };
        format!("{}:{about}", self.kind())
    }

    /// Returns the audience of the notice.
    pub fn audience(&self) -> Audience {
        match self {
            Self::PaymentFailedAlert(_)
            | Self::PaidAfterCancelAlert { .. }
            | Self::InvoiceOverdueAlert(_)
            | Self::InvoiceVoidedAlert(_)
            | Self::InvoiceUncollectibleAlert(_)
            | Self::FinalizationFailedAlert(_)
            | Self::PaymentAttemptRequiredAlert(_)
            | Self::SubscriptionUnpaidAlert { .. }
            | Self::DisputeAlert(_)
            | Self::EarlyFraudWarningAlert(_)
            | Self::PayerWithNewCustomer { .. } => Audience::Admin,
            Self::ChurnAlert(_) | Self::CancellationScheduledAlert(_) | Self::CancellationWithdrawnAlert(_) => Audience::Sales,
            Self::PaymentFailed(_)
            | Self::PaymentActionRequired(_)
            | Self::PaymentRecovered { .. }
            | Self::InvoiceDueSoon(_)
            | Self::InvoiceOverdue(_)
            | Self::CancellationScheduled(_)
            | Self::CancellationWithdrawn(_)
            | Self::SubscriptionPaused(_)
            | Self::SubscriptionResumed(_)
            | Self::AccessSuspended { .. }
            | Self::TrialStarted { .. }
            | Self::TrialEnding { .. }
            | Self::TrialExpired { .. }
            | Self::RenewalUpcoming { .. }
            | Self::CardUpdated { .. }
            | Self::CardExpiring(_)
            | Self::SubscriptionCanceled(_) => Audience::Customer,
        }
    }

    /// Returns `true` if the notice describes an open dunning case. Only such a notice is owed to a tenant that is
    /// bound to the customer after the fact; all others are about the past.
    pub fn is_of_open_case(&self) -> bool {
        matches!(
            self,
            Self::PaymentFailed(_)
                | Self::PaymentFailedAlert(_)
                | Self::PaymentActionRequired(_)
                | Self::AccessSuspended { .. }
                | Self::InvoiceOverdue(_)
                | Self::InvoiceOverdueAlert(_)
        )
    }

    /// Returns `true` if the notice asks the customer to pay. A tenant does not get such mails one right after the
    /// other.
    pub fn is_dunning(&self) -> bool {
        matches!(
            self,
            Self::PaymentFailed(_) | Self::PaymentActionRequired(_) | Self::InvoiceDueSoon(_) | Self::InvoiceOverdue(_)
        )
    }

    /// Returns `true` if the notice waits for further input from the customer: the reason, in the survey of Stripe's
    /// portal, or a decision to stay.
    pub fn waits_for_more(&self) -> bool {
        matches!(
            self,
            Self::CancellationScheduled(_)
                | Self::CancellationScheduledAlert(_)
                | Self::CancellationWithdrawn(_)
                | Self::CancellationWithdrawnAlert(_)
        )
    }

    /// Returns the notice that this one withdraws, if any. It is news only to recipients of that notice.
    pub fn takes_back(&self) -> Option<Self> {
        match self {
            Self::CancellationWithdrawn(end) => Some(Self::CancellationScheduled(end.clone())),
            Self::CancellationWithdrawnAlert(end) => Some(Self::CancellationScheduledAlert(end.clone())),
            Self::SubscriptionResumed(paused) => Some(Self::SubscriptionPaused(paused.clone())),
            _ => None,
        }
    }

    /// Returns the invoice that the notice is about, if any.
    pub fn invoice(&self) -> Option<&InvoiceId> {
        match self {
            Self::PaymentFailed(failed) | Self::PaymentFailedAlert(failed) | Self::PaymentActionRequired(failed) => {
                Some(&failed.invoice)
            }
            Self::PaymentRecovered { invoice, .. } | Self::PaidAfterCancelAlert { invoice, .. } => Some(invoice),
            Self::InvoiceDueSoon(sent) | Self::InvoiceOverdue(sent) | Self::InvoiceOverdueAlert(sent) => Some(&sent.invoice),
            Self::InvoiceVoidedAlert(invoice)
            | Self::InvoiceUncollectibleAlert(invoice)
            | Self::FinalizationFailedAlert(invoice)
            | Self::PaymentAttemptRequiredAlert(invoice) => Some(&invoice.invoice),
            Self::AccessSuspended { invoice, .. } => invoice.as_ref(),
            Self::TrialStarted { .. }
            | Self::TrialEnding { .. }
            | Self::TrialExpired { .. }
            | Self::RenewalUpcoming { .. }
            | Self::SubscriptionUnpaidAlert { .. }
            | Self::DisputeAlert(_)
            | Self::EarlyFraudWarningAlert(_)
            | Self::PayerWithNewCustomer { .. }
            | Self::CancellationScheduled(_)
            | Self::CancellationScheduledAlert(_)
            | Self::CancellationWithdrawn(_)
            | Self::CancellationWithdrawnAlert(_)
            | Self::SubscriptionPaused(_)
            | Self::SubscriptionResumed(_)
            | Self::CardUpdated { .. }
            | Self::CardExpiring(_)
            | Self::SubscriptionCanceled(_)
            | Self::ChurnAlert(_) => None,
        }
    }
}
