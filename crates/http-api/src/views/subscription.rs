//! A subscription and the payment that is chased for it, as callers see them.

use serde::Serialize;
use subscription::Money;
use subscription::state::{Dunning, Pause, SubscriptionState};
use utoipa::ToSchema;

use super::at;
use super::words::{CollectionBehavior, PauseReason, RequiredAction, SubscriptionStatus};

/// A subscription.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, as Stripe's object has them"
)]
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SubscriptionView {
    id: String,
    #[schema(value_type = SubscriptionStatus)]
    status: String,
    /// The items that are sold.
    items: Vec<ItemView>,
    /// `true` if there are more items than Stripe told.
    items_incomplete: bool,
    trial_end: Option<String>,
    cancel_at_period_end: bool,
    cancel_at: Option<String>,
    /// The time at which it ends by itself, if an end is set: by a date, by its period's end or by its schedule.
    ends_at: Option<String>,
    current_period_end: Option<String>,
    /// The reason of the pause; `null` if it is not paused.
    #[schema(value_type = Option<PauseReason>)]
    paused: Option<&'static str>,
    /// The pause of payment collection; `null` if payments are collected.
    collection_paused: Option<CollectionPausedView>,
    /// The payment that is being chased.
    dunning: Option<DunningView>,
    certain: bool,
    gap: bool,
}

/// One price of a subscription.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemView {
    price: String,
    /// `null` for metered prices.
    quantity: Option<u64>,
}

/// A pause in the collection of payments (`pause_collection`).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CollectionPausedView {
    #[schema(value_type = CollectionBehavior)]
    behavior: String,
    /// The time at which collection resumes, if that is set.
    resumes_at: Option<String>,
}

/// A payment that is being chased.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DunningView {
    invoice_id: String,
    attempt_count: u32,
    next_payment_attempt: Option<String>,
    /// The amount left to pay.
    amount_due: MoneyView,
    /// The due date of an invoice that was sent.
    due_at: Option<String>,
    #[schema(value_type = RequiredAction)]
    action_required: &'static str,
    /// The link at which the tenant can pay, at any time; null if no pay links are configured.
    pay_url: Option<String>,
}

/// An amount in the currency's minor unit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MoneyView {
    amount: i64,
    /// ISO 4217, lower case.
    currency: String,
}

impl SubscriptionView {
    pub(super) fn of(subscription: &SubscriptionState, dunning: Option<DunningView>) -> Self {
        let items = subscription.items.iter().map(|item| ItemView {
            price: item.price.clone(),
            quantity: item.quantity,
        });
        let collection = subscription.collection_paused.as_ref();
        Self {
            id: subscription.id.to_string(),
            status: subscription.status.to_string(),
            items: items.collect(),
            items_incomplete: subscription.details.has_more_items,
            ends_at: subscription.ends_at().and_then(at),
            paused: subscription.pause.map(Pause::as_str),
            collection_paused: collection.map(|pause| CollectionPausedView {
                behavior: pause.behavior.clone(),
                resumes_at: pause.resumes_at.and_then(at),
            }),
            dunning,
            trial_end: subscription.trial_end.and_then(at),
            cancel_at_period_end: subscription.cancel_at_period_end,
            cancel_at: subscription.cancel_at.and_then(at),
            current_period_end: subscription.current_period_end.and_then(at),
            certain: subscription.doubt.is_none(),
            gap: subscription.gap,
        }
    }
}

impl DunningView {
    pub(super) fn of(dunning: &Dunning, pay_url: Option<String>) -> Self {
        Self {
            invoice_id: dunning.invoice_id.to_string(),
            attempt_count: dunning.attempt_count,
            next_payment_attempt: dunning.next_payment_attempt.and_then(at),
            amount_due: MoneyView::of(&dunning.amount_due),
            due_at: dunning.due_at.and_then(at),
            action_required: dunning.action_required.as_str(),
            pay_url,
        }
    }
}

impl MoneyView {
    fn of(money: &Money) -> Self {
        Self {
            amount: money.amount,
            currency: money.currency.clone(),
        }
    }
}
