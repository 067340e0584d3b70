//! Notices: what somebody is owed a mail about. Data, not mails; nothing here sends.

use serde::{Deserialize, Serialize};

use crate::{InvoiceId, Money, PaymentMethodId, SubscriptionId, UnixSeconds};

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
    },
    /// To the customer: the trial ended and nothing follows it.
    TrialExpired {
        /// The subscription.
        subscription: SubscriptionId,
        /// When it ended.
        trial_end: Option<UnixSeconds>,
    },
    /// To the customer: the subscription renews soon.
    RenewalUpcoming {
        /// The subscription.
        subscription: SubscriptionId,
        /// When.
        due_at: UnixSeconds,
        /// For how much.
        amount: Money,
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
    /// What is owed.
    pub amount: Money,
    /// Where it can be paid without a login.
    pub pay_url: Option<String>,
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
    /// `cancellation_requested`, `payment_failed` or `payment_disputed`.
    pub reason: Option<String>,
    /// The customer's choice from Stripe's list.
    pub feedback: Option<String>,
    /// The customer's own words.
    pub comment: Option<String>,
    /// When it had begun.
    pub created: Option<UnixSeconds>,
    /// What one period cost, if that is known.
    pub amount: Option<Money>,
    /// How many attempts to collect its last unpaid invoice had failed.
    #[serde(default)]
    pub failed_attempts: u32,
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
        let about = match self {
            Self::PaymentFailed(failed) | Self::PaymentFailedAlert(failed) | Self::PaymentActionRequired(failed) => {
                format!("{}:{}", failed.invoice, failed.attempt)
            }
            Self::PaymentRecovered { invoice, .. } | Self::PaidAfterCancelAlert { invoice, .. } => invoice.to_string(),
            Self::TrialEnding { subscription, trial_end } => format!("{subscription}:{trial_end}"),
            Self::TrialStarted { subscription, .. } => subscription.to_string(),
            Self::TrialExpired { subscription, trial_end } => match trial_end {
                Some(trial_end) => format!("{subscription}:{trial_end}"),
                None => subscription.to_string(),
            },
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
            Self::PaymentFailedAlert(_) | Self::PaidAfterCancelAlert { .. } => Audience::Admin,
            Self::ChurnAlert(_) => Audience::Sales,
            Self::PaymentFailed(_)
            | Self::PaymentActionRequired(_)
            | Self::PaymentRecovered { .. }
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
            Self::PaymentFailed(_) | Self::PaymentFailedAlert(_) | Self::PaymentActionRequired(_) | Self::AccessSuspended { .. }
        )
    }

    /// Whether it asks the customer to pay: of such mails a tenant is not sent one after the other.
    pub fn is_dunning(&self) -> bool {
        matches!(self, Self::PaymentFailed(_) | Self::PaymentActionRequired(_))
    }

    /// The invoice that it is about, if it is about one.
    pub fn invoice(&self) -> Option<&InvoiceId> {
        match self {
            Self::PaymentFailed(failed) | Self::PaymentFailedAlert(failed) | Self::PaymentActionRequired(failed) => {
                Some(&failed.invoice)
            }
            Self::PaymentRecovered { invoice, .. } | Self::PaidAfterCancelAlert { invoice, .. } => Some(invoice),
            Self::AccessSuspended { invoice, .. } => invoice.as_ref(),
            Self::TrialStarted { .. }
            | Self::TrialEnding { .. }
            | Self::TrialExpired { .. }
            | Self::RenewalUpcoming { .. }
            | Self::CardUpdated { .. }
            | Self::CardExpiring(_)
            | Self::SubscriptionCanceled(_)
            | Self::ChurnAlert(_) => None,
        }
    }
}
