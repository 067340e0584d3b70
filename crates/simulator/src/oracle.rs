//! The oracle: conclusions from Stripe's true state, on Stripe's side.
//!
//! It knows every event in true order, so it folds nothing and doubts nothing. It decides what a tenant may do at a
//! point in time, and whether the claim of a mail is true. The rules are those of the default policy. It shares nothing
//! with the code that it judges.

mod access;
mod claim;
mod life;
mod needs;
mod weigh;

use std::collections::BTreeMap;

use stripe_event::{Dispute, Event, EventKind, Object, PaymentMethod, SubscriptionStatus};

pub use access::{Expected, Word};
pub use claim::Claim;
use claim::Why;
use life::{Bill, Life};
pub use needs::Need;

pub(crate) const DAY: i64 = 86_400;
/// The seconds for which a tenant that owes is served.
pub(crate) const GRACE: i64 = 14 * DAY;
/// The seconds for which a trial is served past its end.
pub(crate) const OVERRUN: i64 = DAY;

/// The true state of one customer after some events.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    lives: BTreeMap<String, Life>,
    bills: BTreeMap<String, Bill>,
    /// Every payment method that was attached, with the time.
    methods: BTreeMap<String, Held>,
    /// The customer's default payment method, which is charged if a subscription has none.
    default_method: Option<String>,
    /// Every dispute in its current state.
    disputes: BTreeMap<String, Dispute<'static>>,
    /// The number of events so far.
    told: usize,
    last_at: i64,
}

/// A payment method.
#[derive(Clone, Debug)]
struct Held {
    now: PaymentMethod<'static>,
    /// The number of the event that attached it.
    nth: usize,
    attached_at: i64,
    is_detached: bool,
}

impl Oracle {
    /// Returns the state after these events, given in true order.
    pub fn after<'a>(events: impl IntoIterator<Item = &'a Event<'static>>) -> Self {
        let mut oracle = Self::default();
        for event in events {
            oracle.enter(event);
        }
        oracle
    }

    /// Applies one more event.
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

    /// Marks the failed invoices of a subscription's checkout as left unpaid.
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

    /// Returns the time of the last event.
    #[must_use]
    pub fn last_at(&self) -> i64 {
        self.last_at
    }

    /// Returns the living subscriptions: those that began and have not ended.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Life> {
        self.lives.values().filter(|life| life.is_living())
    }
}

#[cfg(test)]
mod tests;
