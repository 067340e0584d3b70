//! Pauses: of a subscription, for each of the reasons that Stripe knows, and of its collection.

use rand::RngExt;
use stripe_event::{EventKind, Invoice, InvoiceStatus, SubscriptionStatus};

use super::living::Living;
use super::stripe::{DAY, Stripe};

impl Stripe {
    /// Pauses the collection of invoices, or resumes it.
    pub(super) fn pauses_collection(&mut self, living: &mut Living) {
        let behaviors = ["keep_as_draft", "mark_uncollectible", "void"];
        let behavior = behaviors[self.random.random_range(0..behaviors.len())];
        let is_on = living.is.pause_collection_behavior.is_some();
        let days = self.random.random_range(5..40);
        let resumes_at = self.chance(0.5).then_some(self.now + days * DAY);
        self.change(living, |is| {
            is.pause_collection_behavior = (!is_on).then(|| behavior.into());
            is.pause_collection_resumes_at = resumes_at.filter(|_| !is_on);
        });
    }

    /// Treats an invoice that was made while collection is paused.
    pub(super) fn is_not_collected(&mut self, living: &Living, invoice: &mut Invoice<'static>) {
        invoice.next_payment_attempt = None;
        match living.is.pause_collection_behavior.as_deref() {
            Some("void") => {
                self.finalize(invoice);
                self.void(invoice);
            }
            Some("mark_uncollectible") => {
                self.finalize(invoice);
                invoice.status = Some(InvoiceStatus::Uncollectible);
                self.say_invoice(EventKind::InvoiceMarkedUncollectible, invoice);
            }
            _ => self.say_invoice(EventKind::InvoiceUpdated, invoice),
        }
    }

    pub(super) fn is_paused(&mut self, living: &mut Living, reason: &'static str) {
        let told = self.says_why_paused().then(|| reason.into());
        self.change(living, |is| {
            is.status = SubscriptionStatus::Paused;
            is.paused_reason = told;
        });
        self.say_subscription(EventKind::SubscriptionPaused, &living.is, None);
    }

    pub(super) fn say_resumed(&mut self, living: &Living) {
        if !living.has_ended() {
            self.say_subscription(EventKind::SubscriptionResumed, &living.is, None);
        }
    }

    /// Pauses the subscription, by the customer's request or by Stripe. Most come back.
    pub(super) fn pauses_for_a_while(&mut self, living: &mut Living) {
        let reason = if self.chance(0.8) { "pause_requested" } else { "system" };
        self.is_paused(living, reason);
        if self.chance(0.25) {
            self.soon();
        } else {
            self.some_days(1..12);
        }
        if self.chance(0.7) {
            self.change(living, |is| is.status = SubscriptionStatus::Active);
            self.say_resumed(living);
        } else if self.chance(0.3) {
            self.ends_somehow(living);
        }
    }

    /// Lets the first payment fail, and pauses the subscription before it begins.
    pub(super) fn never_begins(&mut self, living: &mut Living, first: &mut Invoice<'static>) {
        self.soon();
        self.fail(first, None);
        self.soon();
        self.is_paused(living, "first_payment_failure");
        self.comes_back_by_paying(living, first);
    }

    /// Lets a subscription that is paused for a payment be paid, or not.
    pub(super) fn comes_back_by_paying(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        self.some_days(1..20);
        if self.chance(0.5) {
            self.is_paid(living, invoice);
            self.say_resumed(living);
        } else if self.chance(0.4) {
            self.ends(living, Some("payment_failed"));
        }
    }

    fn some_days(&mut self, days: std::ops::Range<i64>) {
        let days = self.random.random_range(days);
        self.later(days * DAY);
    }
}
