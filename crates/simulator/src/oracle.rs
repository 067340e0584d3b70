//! The oracle: what may be concluded from what is true at Stripe, told from Stripe's side.
//!
//! It knows every event in the order in which it happened, so it folds nothing and doubts nothing. It says what a tenant may do
//! at a moment, and whether what a mail claims is so. The rules are those of the default policy. Nothing here is shared with
//! what it judges.

mod access;
mod claim;
mod life;
mod needs;
mod weigh;

use std::collections::BTreeMap;

use stripe_event::{Dispute, Event, EventKind, Object, PaymentMethod, SubscriptionStatus};

pub use access::{Expected, Word};
pub use claim::{Claim, Why};
use life::{Bill, Life};
pub use needs::Need;

pub(crate) const DAY: i64 = 86_400;
/// How long whoever owes is served.
pub(crate) const GRACE: i64 = 14 * DAY;
/// How long a trial runs over.
pub(crate) const OVERRUN: i64 = DAY;

/// All that is true of one customer after some events.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    lives: BTreeMap<String, Life>,
    bills: BTreeMap<String, Bill>,
    /// Every payment method that came, with when it did.
    methods: BTreeMap<String, Held>,
    /// What the customer's invoices are tried on where a subscription has no default.
    default_method: Option<String>,
    /// Every dispute, as it is.
    disputes: BTreeMap<String, Dispute<'static>>,
    /// How many events there were.
    told: usize,
    last_at: i64,
}

/// A payment method.
#[derive(Clone, Debug)]
struct Held {
    now: PaymentMethod<'static>,
    /// Which event attached it.
    nth: usize,
    attached_at: i64,
    is_detached: bool,
}

impl Oracle {
    /// What is true after these events, given in true order.
    pub fn after<'a>(events: impl IntoIterator<Item = &'a Event<'static>>) -> Self {
        let mut oracle = Self::default();
        for event in events {
            oracle.enter(event);
        }
        oracle
    }

    /// One more thing happens.
    pub fn enter(&mut self, event: &Event<'static>) {
        self.told += 1;
        self.last_at = event.created;
        match &event.object {
            Object::Subscription { now, .. } => {
                let life = self.lives.entry(now.id.to_string()).or_insert_with(|| Life::new(now));
                life.enter(self.told, event, now, &self.bills);
                if life.owes_since.is_some() || life.status == SubscriptionStatus::Paused {
                    self.is_left_unpaid(&now.id);
                }
            }
            Object::Invoice { now, .. } if event.kind != EventKind::InvoiceUpcoming => {
                let Some(id) = &now.id else { return };
                let life = now.subscription.as_deref().and_then(|id| self.lives.get(id));
                let is_checkout = life.is_none_or(|life| life.now.status == SubscriptionStatus::Incomplete);
                let bill = self.bills.entry(id.to_string()).or_insert_with(|| Bill::new(now));
                bill.enter(self.told, event, now);
                bill.was_chased |= event.kind == EventKind::InvoicePaymentFailed && !is_checkout;
                if let Some(life) = now.subscription.as_deref().and_then(|id| self.lives.get_mut(id)) {
                    life.is_billed(event.created, &self.bills);
                }
            }
            Object::PaymentMethod { now, .. } => self.enter_method(event, now),
            Object::Customer { now, .. } => {
                self.default_method = now.default_payment_method.as_deref().map(str::to_owned);
            }
            Object::SubscriptionSchedule(schedule) => {
                let planned = schedule.planned_subscription();
                if let Some(life) = planned.and_then(|id| self.lives.get_mut(id)) {
                    life.planned_end = schedule.ends_at;
                }
            }
            Object::Dispute(dispute) => drop(self.disputes.insert(dispute.id.to_string(), dispute.clone())),
            _ => {}
        }
    }

    /// What failed in the checkout of a subscription was left unpaid by it.
    fn is_left_unpaid(&mut self, subscription: &str) {
        let of_it = |bill: &&mut Bill| bill.now.subscription.as_deref() == Some(subscription);
        let failed = self.bills.values_mut().filter(of_it).filter(|bill| bill.is_open());
        failed.for_each(|bill| bill.was_chased |= bill.failed.is_some());
    }

    fn enter_method(&mut self, event: &Event<'_>, now: &PaymentMethod<'static>) {
        let held = self.methods.entry(now.id.to_string()).or_insert_with(|| Held {
            now: now.clone(),
            nth: self.told,
            attached_at: event.created,
            is_detached: false,
        });
        held.now = now.clone();
        held.is_detached = event.kind == EventKind::PaymentMethodDetached;
    }

    /// When the last thing happened.
    #[must_use]
    pub fn last_at(&self) -> i64 {
        self.last_at
    }

    /// The subscriptions that live: neither ended nor never begun.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Life> {
        self.lives.values().filter(|life| life.is_living())
    }
}

#[cfg(test)]
mod tests;
