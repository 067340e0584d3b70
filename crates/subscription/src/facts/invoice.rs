//! Invoices as a lattice: the order in which reports are joined does not change the result.

mod fact;
mod shown;
mod status;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::{EventId, InvoiceId, Money, SubscriptionId, UnixSeconds};

pub use fact::{InvoiceCause, InvoiceFact};
pub use shown::Shown;
pub use status::InvoiceStatus;

/// Everything known about one invoice: the join of all reports about it.
///
/// [`Invoice::join`] is commutative, associative and idempotent: every field is a maximum, a minimum or a union.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Invoice {
    /// The subscription it is for; `None` for a one-off invoice.
    pub subscription: Option<SubscriptionId>,
    /// Every status in which it was reported.
    seen: BTreeSet<InvoiceStatus>,
    /// The failed attempts, from `invoice.payment_failed`.
    pub failures: Option<Failures>,
    /// The newest attempt that requires action by the cardholder, from `invoice.payment_action_required`.
    pub action_required_attempt: Option<u32>,
    /// The payment, if it was paid.
    pub payment: Option<Payment>,
    /// The reason why it could not be finalized, from `invoice.finalization_failed`.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub finalization_error: Option<String>,
    /// Stripe asked the merchant to collect it outside Stripe: `invoice.payment_attempt_required`.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "std::ops::Not::not"))]
    pub attempt_required: bool,
    /// The most advanced version of it.
    pub shown: Shown,
    /// Other versions of the same second that are equally advanced.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    rivals: Vec<Shown>,
}

/// Failed attempts to collect an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Failures {
    /// The greatest `attempt_count` of a failed attempt.
    pub attempt: u32,
    /// The time of the first failure.
    pub first_at: UnixSeconds,
    /// The time of the last failure.
    pub last_at: UnixSeconds,
}

/// The payment of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Payment {
    /// The time of the payment: `status_transitions.paid_at`, or the first event that shows it paid.
    pub paid_at: UnixSeconds,
    /// The time of the newest event that shows it paid.
    pub last_told_at: UnixSeconds,
}

impl From<InvoiceFact> for Invoice {
    fn from(fact: InvoiceFact) -> Self {
        let failures = (fact.cause == InvoiceCause::PaymentFailed).then_some(Failures {
            attempt: fact.attempt_count,
            first_at: fact.told_at,
            last_at: fact.told_at,
        });
        let payment = (fact.status == InvoiceStatus::Paid).then(|| Payment {
            paid_at: fact.paid_at.unwrap_or(fact.told_at),
            last_told_at: fact.told_at,
        });
        Self {
            subscription: fact.subscription.clone(),
            seen: BTreeSet::from([fact.status]),
            failures,
            action_required_attempt: (fact.cause == InvoiceCause::PaymentActionRequired).then_some(fact.attempt_count),
            payment,
            finalization_error: (fact.cause == InvoiceCause::FinalizationFailed)
                .then(|| fact.finalization_error.clone().unwrap_or_else(|| "unknown".to_owned())),
            attempt_required: fact.cause == InvoiceCause::PaymentAttemptRequired,
            shown: Shown::from(fact),
            rivals: Vec::new(),
        }
    }
}

impl Invoice {
    /// Joins the knowledge of both.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.subscription = self.subscription.max(other.subscription);
        self.seen.extend(other.seen);
        self.failures = join_options(self.failures, other.failures, |a, b| Failures {
            attempt: a.attempt.max(b.attempt),
            first_at: a.first_at.min(b.first_at),
            last_at: a.last_at.max(b.last_at),
        });
        self.action_required_attempt = self.action_required_attempt.max(other.action_required_attempt);
        self.payment = join_options(self.payment, other.payment, |a, b| Payment {
            paid_at: a.paid_at.min(b.paid_at),
            last_told_at: a.last_told_at.max(b.last_told_at),
        });
        self.finalization_error = self.finalization_error.max(other.finalization_error);
        self.attempt_required |= other.attempt_required;
        match self.shown.progress().cmp(&other.shown.progress()) {
            Ordering::Greater => {}
            Ordering::Less => (self.shown, self.rivals) = (other.shown, other.rivals),
            Ordering::Equal => {
                let mut versions = std::mem::take(&mut self.rivals);
                versions.extend(other.rivals);
                versions.extend([self.shown.clone(), other.shown]);
                if let Some((newest, others)) = Shown::newest_of(versions) {
                    (self.shown, self.rivals) = (newest, others);
                }
            }
        }
        self
    }

    /// Returns `true` if the fact says anything new, apart from the time of its report.
    pub(crate) fn learns_from(&self, fact: &InvoiceFact) -> bool {
        let mut joined = self.clone().join(Self::from(fact.clone()));
        if self.shown.amount_remaining.is_none() {
            // The known version was stored before these fields existed.
            (joined.shown.amount_remaining, joined.shown.amount_paid, joined.shown.due_date) = (None, None, None);
        }
        joined.whenever_told() != self.clone().whenever_told()
    }

    /// Clears the event and the times of reports.
    fn whenever_told(mut self) -> Self {
        let sometime = UnixSeconds::default();
        self.shown.told_at = sometime;
        self.shown.event = EventId::default();
        self.shown.before = None;
        self.rivals.clear();
        if let Some(payment) = &mut self.payment {
            payment.last_told_at = sometime;
        }
        if let Some(failures) = &mut self.failures {
            failures.last_at = sometime;
        }
        self
    }

    /// Returns the most advanced status in which it was reported. Paid wins over void.
    pub fn status(&self) -> InvoiceStatus {
        self.seen.last().copied().unwrap_or(InvoiceStatus::Draft)
    }

    /// Returns `true` if it was reported in two final statuses, which is impossible. The payment counts until the
    /// invoice is read.
    pub fn is_contradictory(&self) -> bool {
        self.seen
            .iter()
            .filter(|status| status.rank() == InvoiceStatus::Paid.rank())
            .count()
            > 1
    }

    /// Returns `true` if it was ever marked uncollectible.
    pub fn was_uncollectible(&self) -> bool {
        self.seen.contains(&InvoiceStatus::Uncollectible)
    }

    /// Returns the amount left to pay.
    pub fn owed(&self) -> Money {
        let amount = self.shown.amount_remaining.unwrap_or(self.shown.amount_due.amount);
        Money {
            amount,
            ..self.shown.amount_due.clone()
        }
    }

    /// Returns the amount paid so far.
    pub fn paid(&self) -> Money {
        let amount = self.shown.amount_paid.unwrap_or(self.shown.amount_due.amount);
        Money {
            amount,
            ..self.shown.amount_due.clone()
        }
    }

    /// Returns `true` if it is sent for payment rather than charged.
    pub fn is_sent(&self) -> bool {
        self.shown.collection_method.as_deref() == Some("send_invoice")
    }

    /// Returns the due date of a sent invoice that is still open.
    pub fn due_at(&self) -> Option<UnixSeconds> {
        let is_awaited = self.is_sent() && self.status() == InvoiceStatus::Open;
        self.shown.due_date.filter(|_| is_awaited)
    }

    /// Returns `true` for the first invoice of a subscription. While the subscription is incomplete, its failure
    /// belongs to the checkout and is not dunning.
    pub fn is_first(&self) -> bool {
        self.shown.billing_reason.as_deref() == Some("subscription_create")
    }

    /// Returns `true` for an invoice that Stripe charges at the start of a period. The failure of such an invoice makes
    /// a subscription past due.
    pub fn is_charged_renewal(&self) -> bool {
        let renews = matches!(self.shown.billing_reason.as_deref(), None | Some("subscription_cycle"));
        let charged = matches!(self.shown.collection_method.as_deref(), None | Some("charge_automatically"));
        renews && charged
    }

    /// Returns the sort key by which a subscription's latest invoice is the greatest.
    pub fn recency<'a>(&self, id: &'a InvoiceId) -> (UnixSeconds, &'a InvoiceId) {
        (self.shown.created, id)
    }
}

fn join_options<T>(a: Option<T>, b: Option<T>, join: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(join(a, b)),
        (a, b) => a.or(b),
    }
}
