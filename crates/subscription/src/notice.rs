//! Notices: what somebody is owed a mail about. Data, not mails; nothing here sends.

use serde::{Deserialize, Serialize};

use crate::{ChargeId, CustomerId, DisputeId, InvoiceId, Money, PaymentMethodId, SubscriptionId, UnixSeconds};

/// A notice that is owed, with what its mail has to say.
///
/// Its [`key`](Notice::key) names the fact it tells of; a tenant is owed one notice per key, ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// To the customer: an attempt to collect a renewal failed.
    PaymentFailed(FailedPayment),
    /// To our own admin: the same.
    PaymentFailedAlert(FailedPayment),
    /// To the customer: the bank wants them to confirm the payment (SCA).
    PaymentActionRequired(FailedPayment),
    /// To the customer: what had failed is paid.
    PaymentRecovered {
        /// The invoice.
        invoice: InvoiceId,
        /// What was owed.
        amount: Money,
    },
    /// To our own admin: an invoice was paid after its subscription had ended.
    PaidAfterCancelAlert {
        /// The invoice.
        invoice: InvoiceId,
        /// The ended subscription.
        subscription: SubscriptionId,
        /// What was owed.
        amount: Money,
    },
    /// To the customer, if the operator wants it: an invoice that was sent is due soon.
    InvoiceDueSoon(SentInvoice),
    /// To the customer: an invoice that was sent is overdue.
    InvoiceOverdue(SentInvoice),
    /// To our own admin: the same.
    InvoiceOverdueAlert(SentInvoice),
    /// To our own admin: an invoice that had failed was voided, and its subscription goes on unpaid.
    InvoiceVoidedAlert(UncollectedInvoice),
    /// To our own admin: an invoice that had failed was given up, and its subscription goes on unpaid.
    InvoiceUncollectibleAlert(UncollectedInvoice),
    /// To our own admin: an invoice cannot be made final, so nothing is collected.
    FinalizationFailedAlert(UncollectedInvoice),
    /// To our own admin: an invoice has to be collected outside Stripe.
    PaymentAttemptRequiredAlert(UncollectedInvoice),
    /// To our own admin: one of several subscriptions is given up as unpaid, and the tenant is served by another.
    SubscriptionUnpaidAlert {
        /// The subscription.
        subscription: SubscriptionId,
        /// What is left to pay, if that is known.
        amount: Option<Money>,
    },
    /// To our own admin: a payment is disputed, or the dispute is closed.
    DisputeAlert(DisputedPayment),
    /// To our own admin: a card network warns that a payment may be fraud.
    EarlyFraudWarningAlert(DisputedPayment),
    /// To our own admin: somebody paid for this tenant as another Stripe customer than the one it is bound to.
    PayerWithNewCustomer {
        /// Whoever paid.
        customer: CustomerId,
        /// Whom the tenant is bound to.
        bound_to: CustomerId,
    },
    /// To the customer: an end was set.
    CancellationScheduled(SetEnd),
    /// To sales: the same.
    CancellationScheduledAlert(SetEnd),
    /// To the customer: the end that was set is taken back.
    CancellationWithdrawn(SetEnd),
    /// To sales: the same.
    CancellationWithdrawnAlert(SetEnd),
    /// To the customer: the subscription is paused, or its payments are.
    SubscriptionPaused(PausedSubscription),
    /// To the customer: it goes on.
    SubscriptionResumed(PausedSubscription),
    /// To the customer: every retry failed, or the payment grace is over; the service is closed to them until they pay.
    AccessSuspended {
        /// The subscription.
        subscription: SubscriptionId,
        /// The invoice that is to be paid, if it is known.
        invoice: Option<InvoiceId>,
        /// What is owed.
        amount: Option<Money>,
        /// Where it can be paid without a login.
        pay_url: Option<String>,
    },
    /// To the customer: the trial has begun.
    TrialStarted {
        /// The subscription.
        subscription: SubscriptionId,
        /// When it ends.
        trial_end: Option<UnixSeconds>,
    },
    /// To the customer: the trial ends soon.
    TrialEnding {
        /// The subscription.
        subscription: SubscriptionId,
        /// When.
        trial_end: UnixSeconds,
        /// It is known what will pay then.
        #[serde(default)]
        has_payment_method: bool,
    },
    /// To the customer: the trial ended and nothing follows it.
    TrialExpired {
        /// The subscription.
        subscription: SubscriptionId,
        /// When it ended.
        trial_end: Option<UnixSeconds>,
    },
    /// To the customer: the subscription renews soon, or its trial ends and is followed by a payment.
    RenewalUpcoming {
        /// The subscription.
        subscription: SubscriptionId,
        /// When.
        due_at: UnixSeconds,
        /// For how much.
        amount: Money,
        /// What will happen then.
        #[serde(default)]
        how: RenewalPayment,
    },
    /// To the customer: there is a new card.
    CardUpdated {
        /// The payment method.
        payment_method: PaymentMethodId,
        /// `visa`, …
        brand: String,
        /// Its last four digits.
        last4: Option<String>,
    },
    /// To the customer: their card expires soon.
    CardExpiring(ExpiringCard),
    /// To the customer: the subscription has ended.
    SubscriptionCanceled(Ending),
    /// To sales: the same.
    ChurnAlert(Ending),
}

/// A failed attempt to collect an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPayment {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// When Stripe tries next, if it said.
    pub next_attempt: Option<UnixSeconds>,
    /// What is left to pay.
    pub amount: Money,
    /// Where it can be paid without a login.
    pub pay_url: Option<String>,
    /// When the subscription ends by itself, where an end is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<UnixSeconds>,
}

/// What happens at a renewal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalPayment {
    /// The payment method that is known is charged.
    #[default]
    Charged,
    /// An invoice is sent.
    Invoiced,
    /// A trial ends, and what is known to pay is charged.
    TrialConverts,
    /// A trial ends, and nothing is known to pay.
    TrialWithoutPaymentMethod,
}

/// An invoice that was sent to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The number people see.
    pub number: Option<String>,
    /// What is left to pay.
    pub amount: Money,
    /// When it is, or was, to be paid.
    pub due_at: UnixSeconds,
    /// Where it can be paid without a login.
    pub pay_url: Option<String>,
}

/// An invoice that nobody collects any more, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UncollectedInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// What it is for; `None` of a one-off.
    pub subscription: Option<SubscriptionId>,
    /// What was to be paid.
    pub amount: Money,
    /// Stripe's word for why, where it gives one.
    pub reason: Option<String>,
}

/// A payment that is disputed, or of which a card network warns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputedPayment {
    /// The dispute, or the warning.
    pub dispute: DisputeId,
    /// The payment.
    pub charge: ChargeId,
    /// What is disputed, if that is told.
    pub amount: Option<Money>,
    /// Why, in Stripe's words.
    pub reason: Option<String>,
    /// How it ended, in Stripe's words, of one that is closed.
    pub outcome: Option<String>,
}

/// An end that was set for a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetEnd {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// When it ends.
    pub ends_at: UnixSeconds,
    /// When that was set, if it is told.
    pub set_at: Option<UnixSeconds>,
    /// It is known that the customer asked for it: they said why.
    pub is_requested: bool,
    /// The customer's choice from a list.
    pub feedback: Option<String>,
    /// The customer's own words.
    pub comment: Option<String>,
}

/// A subscription that is paused, or whose payments are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedSubscription {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Only its payments are not collected; it is served on.
    pub is_collection: bool,
    /// Since when, as far as is known.
    pub since: Option<UnixSeconds>,
    /// When it goes on by itself, if that is set.
    pub resumes_at: Option<UnixSeconds>,
}

/// A card that will soon be of no use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringCard {
    /// The payment method.
    pub payment_method: PaymentMethodId,
    /// `visa`, …
    pub brand: String,
    /// Its last four digits.
    pub last4: Option<String>,
    /// The last month it is good in, 1 to 12.
    pub exp_month: u8,
    /// That month's year.
    pub exp_year: u16,
    /// How many days before its end this tells of it.
    pub days: u8,
}

/// The end of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// When it ended.
    pub ended_at: Option<UnixSeconds>,
    /// Stripe's own word for why: `cancellation_requested`, `payment_failed`, `payment_disputed`, `canceled_by_retention_policy`.
    pub reason: Option<String>,
    /// Why, as far as there is evidence.
    #[serde(default)]
    pub cause: EndCause,
    /// The customer's choice from Stripe's list.
    pub feedback: Option<String>,
    /// The customer's own words.
    pub comment: Option<String>,
    /// When it had begun.
    pub created: Option<UnixSeconds>,
    /// What one period cost before discounts, where nothing lowers it and no payment is known.
    pub amount: Option<Money>,
    /// What was paid last, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_paid: Option<Money>,
    /// How many attempts to collect its last unpaid invoice had failed.
    #[serde(default)]
    pub failed_attempts: u32,
}

/// Why a subscription ended, as far as there is evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// The customer asked for it: they said why.
    Requested,
    /// It was not paid.
    PaymentFailed,
    /// A payment was disputed.
    PaymentDisputed,
    /// Stripe cleans up test data.
    RetentionPolicy,
    /// Its trial ended without a payment method.
    TrialWithoutPaymentMethod,
    /// It was made with its end.
    FixedTerm,
    /// Nobody says.
    #[default]
    Unknown,
}

impl EndCause {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::PaymentFailed => "payment_failed",
            Self::PaymentDisputed => "payment_disputed",
            Self::RetentionPolicy => "retention_policy",
            Self::TrialWithoutPaymentMethod => "trial_without_payment_method",
            Self::FixedTerm => "fixed_term",
            Self::Unknown => "unknown",
        }
    }
}

/// Whom a notice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The tenant's contacts.
    Customer,
    /// Our own administrators.
    Admin,
    /// Our own sales people.
    Sales,
}

impl Notice {
    /// The word for this kind of notice.
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

    /// What the notice is about, the same for every event that would owe it.
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

    /// Whom it is for.
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

    /// Whether it tells of an open dunning case. Only such a notice is still owed to a tenant who is bound to the customer
    /// after the fact; the rest is the past.
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

    /// Whether it asks the customer to pay: of such mails a tenant is not sent one after the other.
    pub fn is_dunning(&self) -> bool {
        matches!(
            self,
            Self::PaymentFailed(_) | Self::PaymentActionRequired(_) | Self::InvoiceDueSoon(_) | Self::InvoiceOverdue(_)
        )
    }

    /// Whether it waits for what the customer may still say: why, in the survey of Stripe's portal, or that they stay after all.
    pub fn waits_for_more(&self) -> bool {
        matches!(
            self,
            Self::CancellationScheduled(_)
                | Self::CancellationScheduledAlert(_)
                | Self::CancellationWithdrawn(_)
                | Self::CancellationWithdrawnAlert(_)
        )
    }

    /// The notice that this one takes back, if it does: it is only news to whoever was told of that.
    pub fn takes_back(&self) -> Option<Self> {
        match self {
            Self::CancellationWithdrawn(end) => Some(Self::CancellationScheduled(end.clone())),
            Self::CancellationWithdrawnAlert(end) => Some(Self::CancellationScheduledAlert(end.clone())),
            Self::SubscriptionResumed(paused) => Some(Self::SubscriptionPaused(paused.clone())),
            _ => None,
        }
    }

    /// The invoice that it is about, if it is about one.
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
