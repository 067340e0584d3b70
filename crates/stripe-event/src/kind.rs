//! The type of an event.

use std::borrow::Cow;

/// An event's `type`: a variant for each type that is acted on, the verbatim name for all others.
///
/// See <https://docs.stripe.com/api/events/types>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind<'a> {
    /// `customer.subscription.created`
    SubscriptionCreated,
    /// `customer.subscription.updated`
    SubscriptionUpdated,
    /// `customer.subscription.deleted`: the subscription has ended.
    SubscriptionDeleted,
    /// `customer.subscription.trial_will_end`: three days before the end, or at once if a trial is cut short.
    SubscriptionTrialWillEnd,
    /// `customer.subscription.paused`: a trial ended without a payment method or, since 2026-09-30.endive, for another
    /// reason.
    SubscriptionPaused,
    /// `customer.subscription.resumed`
    SubscriptionResumed,
    /// `customer.subscription.pending_update_applied`
    SubscriptionPendingUpdateApplied,
    /// `customer.subscription.pending_update_expired`
    SubscriptionPendingUpdateExpired,
    /// `invoice.created`
    InvoiceCreated,
    /// `invoice.updated`
    InvoiceUpdated,
    /// `invoice.finalized`
    InvoiceFinalized,
    /// `invoice.paid`: also for payments outside Stripe.
    InvoicePaid,
    /// `invoice.payment_succeeded`: the same fact as `invoice.paid`, for payments through Stripe.
    InvoicePaymentSucceeded,
    /// `invoice.payment_failed`
    InvoicePaymentFailed,
    /// `invoice.payment_action_required`: only the cardholder can act.
    InvoicePaymentActionRequired,
    /// `invoice.upcoming`: a preview, without an id.
    InvoiceUpcoming,
    /// `invoice.voided`
    InvoiceVoided,
    /// `invoice.marked_uncollectible`: the invoice may still be paid or voided.
    InvoiceMarkedUncollectible,
    /// `invoice.deleted`: a draft was deleted.
    InvoiceDeleted,
    /// `invoice.overdue`: sent, and not paid by its due date. Stripe sends it only if the account uses Automations.
    InvoiceOverdue,
    /// `invoice.finalization_failed`: the invoice cannot be finalized, so nothing is collected.
    InvoiceFinalizationFailed,
    /// `invoice.payment_attempt_required`: the merchant has to collect it outside Stripe.
    InvoicePaymentAttemptRequired,
    /// `payment_method.attached`
    PaymentMethodAttached,
    /// `payment_method.updated`
    PaymentMethodUpdated,
    /// `payment_method.automatically_updated`: by the card network.
    PaymentMethodAutomaticallyUpdated,
    /// `payment_method.detached`
    PaymentMethodDetached,
    /// `checkout.session.completed`
    CheckoutSessionCompleted,
    /// `customer.created`
    CustomerCreated,
    /// `customer.updated`
    CustomerUpdated,
    /// `customer.deleted`
    CustomerDeleted,
    /// `charge.dispute.created`
    DisputeCreated,
    /// `charge.dispute.closed`
    DisputeClosed,
    /// Any other type, as sent.
    Other(Cow<'a, str>),
}

impl<'a> EventKind<'a> {
    /// Parses a name. Every name is a kind, so this cannot fail.
    pub fn parse(name: impl Into<Cow<'a, str>>) -> Self {
        let name = name.into();
        match name.as_ref() {
            "customer.subscription.created" => Self::SubscriptionCreated,
            "customer.subscription.updated" => Self::SubscriptionUpdated,
            "customer.subscription.deleted" => Self::SubscriptionDeleted,
            "customer.subscription.trial_will_end" => Self::SubscriptionTrialWillEnd,
            "customer.subscription.paused" => Self::SubscriptionPaused,
            "customer.subscription.resumed" => Self::SubscriptionResumed,
            "customer.subscription.pending_update_applied" => Self::SubscriptionPendingUpdateApplied,
            "customer.subscription.pending_update_expired" => Self::SubscriptionPendingUpdateExpired,
            "invoice.created" => Self::InvoiceCreated,
            "invoice.updated" => Self::InvoiceUpdated,
            "invoice.finalized" => Self::InvoiceFinalized,
            "invoice.paid" => Self::InvoicePaid,
            "invoice.payment_succeeded" => Self::InvoicePaymentSucceeded,
            "invoice.payment_failed" => Self::InvoicePaymentFailed,
            "invoice.payment_action_required" => Self::InvoicePaymentActionRequired,
            "invoice.upcoming" => Self::InvoiceUpcoming,
            "invoice.voided" => Self::InvoiceVoided,
            "invoice.marked_uncollectible" => Self::InvoiceMarkedUncollectible,
            "invoice.deleted" => Self::InvoiceDeleted,
            "invoice.overdue" => Self::InvoiceOverdue,
            "invoice.finalization_failed" => Self::InvoiceFinalizationFailed,
            "invoice.payment_attempt_required" => Self::InvoicePaymentAttemptRequired,
            "payment_method.attached" => Self::PaymentMethodAttached,
            "payment_method.updated" => Self::PaymentMethodUpdated,
            "payment_method.automatically_updated" => Self::PaymentMethodAutomaticallyUpdated,
            "payment_method.detached" => Self::PaymentMethodDetached,
            "checkout.session.completed" => Self::CheckoutSessionCompleted,
            "customer.created" => Self::CustomerCreated,
            "customer.updated" => Self::CustomerUpdated,
            "customer.deleted" => Self::CustomerDeleted,
            "charge.dispute.created" => Self::DisputeCreated,
            "charge.dispute.closed" => Self::DisputeClosed,
            _ => Self::Other(name),
        }
    }

    /// Returns Stripe's name, the inverse of [`parse`](Self::parse).
    pub fn as_str(&self) -> &str {
        match self {
            Self::SubscriptionCreated => "customer.subscription.created",
            Self::SubscriptionUpdated => "customer.subscription.updated",
            Self::SubscriptionDeleted => "customer.subscription.deleted",
            Self::SubscriptionTrialWillEnd => "customer.subscription.trial_will_end",
            Self::SubscriptionPaused => "customer.subscription.paused",
            Self::SubscriptionResumed => "customer.subscription.resumed",
            Self::SubscriptionPendingUpdateApplied => "customer.subscription.pending_update_applied",
            Self::SubscriptionPendingUpdateExpired => "customer.subscription.pending_update_expired",
            Self::InvoiceCreated => "invoice.created",
            Self::InvoiceUpdated => "invoice.updated",
            Self::InvoiceFinalized => "invoice.finalized",
            Self::InvoicePaid => "invoice.paid",
            Self::InvoicePaymentSucceeded => "invoice.payment_succeeded",
            Self::InvoicePaymentFailed => "invoice.payment_failed",
            Self::InvoicePaymentActionRequired => "invoice.payment_action_required",
            Self::InvoiceUpcoming => "invoice.upcoming",
            Self::InvoiceVoided => "invoice.voided",
            Self::InvoiceMarkedUncollectible => "invoice.marked_uncollectible",
            Self::InvoiceDeleted => "invoice.deleted",
            Self::InvoiceOverdue => "invoice.overdue",
            Self::InvoiceFinalizationFailed => "invoice.finalization_failed",
            Self::InvoicePaymentAttemptRequired => "invoice.payment_attempt_required",
            Self::PaymentMethodAttached => "payment_method.attached",
            Self::PaymentMethodUpdated => "payment_method.updated",
            Self::PaymentMethodAutomaticallyUpdated => "payment_method.automatically_updated",
            Self::PaymentMethodDetached => "payment_method.detached",
            Self::CheckoutSessionCompleted => "checkout.session.completed",
            Self::CustomerCreated => "customer.created",
            Self::CustomerUpdated => "customer.updated",
            Self::CustomerDeleted => "customer.deleted",
            Self::DisputeCreated => "charge.dispute.created",
            Self::DisputeClosed => "charge.dispute.closed",
            Self::Other(name) => name,
        }
    }

    /// Returns the `object` that events of this kind must carry; `None` if any is accepted.
    pub(crate) fn carries(&self) -> Option<&'static str> {
        match self {
            Self::SubscriptionCreated
            | Self::SubscriptionUpdated
            | Self::SubscriptionDeleted
            | Self::SubscriptionTrialWillEnd
            | Self::SubscriptionPaused
            | Self::SubscriptionResumed
            | Self::SubscriptionPendingUpdateApplied
            | Self::SubscriptionPendingUpdateExpired => Some("subscription"),
            Self::InvoiceCreated
            | Self::InvoiceUpdated
            | Self::InvoiceFinalized
            | Self::InvoicePaid
            | Self::InvoicePaymentSucceeded
            | Self::InvoicePaymentFailed
            | Self::InvoicePaymentActionRequired
            | Self::InvoiceUpcoming
            | Self::InvoiceVoided
            | Self::InvoiceMarkedUncollectible
            | Self::InvoiceDeleted
            | Self::InvoiceOverdue
            | Self::InvoiceFinalizationFailed
            | Self::InvoicePaymentAttemptRequired => Some("invoice"),
            Self::PaymentMethodAttached
            | Self::PaymentMethodUpdated
            | Self::PaymentMethodAutomaticallyUpdated
            | Self::PaymentMethodDetached => Some("payment_method"),
            Self::CheckoutSessionCompleted => Some("checkout.session"),
            Self::CustomerCreated | Self::CustomerUpdated | Self::CustomerDeleted => Some("customer"),
            // An unreadable object of these kinds counts as unknown.
            Self::DisputeCreated | Self::DisputeClosed | Self::Other(_) => None,
        }
    }
}
