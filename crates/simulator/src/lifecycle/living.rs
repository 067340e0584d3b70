//! Subscriptions as they are while they live.

use stripe_event::{Invoice, Subscription, SubscriptionStatus};

use crate::catalogue;

/// A subscription as it is.
pub(super) struct Living {
    pub(super) is: Subscription<'static>,
    /// The discount of its coupon, in per cent.
    pub(super) percent_off: i64,
    /// The way its invoices are collected.
    pub(super) collected: Collected,
    /// There is something to charge.
    pub(super) has_way_to_pay: bool,
    /// The cards that were added for it and are still there.
    pub(super) cards: Vec<String>,
    /// The end that its schedule sets, if any, in Unix seconds.
    pub(super) schedule_ends_at: Option<i64>,
}

/// The way a subscription's invoices are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collected {
    Card,
    SentInvoice,
    Debit,
}

impl Living {
    pub(super) fn new(is: Subscription<'static>) -> Self {
        Self {
            is,
            percent_off: 0,
            collected: Collected::Card,
            has_way_to_pay: true,
            cards: Vec::new(),
            schedule_ends_at: None,
        }
    }

    /// Returns the cost of a period, in cents.
    pub(super) fn costs(&self) -> i64 {
        catalogue::total(&self.is.items) * (100 - self.percent_off) / 100
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(
            self.is.status,
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired
        )
    }

    pub(super) fn period_end(&self) -> i64 {
        self.is.current_period_end.unwrap_or(self.is.created)
    }

    /// Returns the time within this period at which it ends by itself, if it does.
    pub(super) fn ends_in_this_period_at(&self) -> Option<i64> {
        let at_period_end = self.is.cancel_at_period_end.then_some(self.period_end());
        let dates = [self.is.cancel_at, self.schedule_ends_at].into_iter().flatten();
        let at_a_date = dates.min().filter(|&end| end <= self.period_end());
        at_a_date.or(at_period_end)
    }

    pub(super) fn is_about(&self, invoice: &Invoice<'_>) -> bool {
        self.is.latest_invoice == invoice.id
    }
}
