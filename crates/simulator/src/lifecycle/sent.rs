//! Sent invoices: paid in time, late, or never.

use rand::RngExt;
use stripe_event::{EventKind, Invoice, SubscriptionStatus};

use super::living::{Collected, Living};
use super::stripe::{DAY, HOUR, Stripe};

impl Stripe {
    pub(super) fn begins_with_sent_invoice(&mut self, living: &mut Living) {
        living.collected = Collected::SentInvoice;
        living.is.collection_method = Some("send_invoice".into());
        living.is.metadata.insert("kind".into(), "usual".into());
        living.is.status = SubscriptionStatus::Active;
        let mut first = self.bill(living, "subscription_create", living.costs());
        first.next_payment_attempt = None;
        living.is.latest_invoice.clone_from(&first.id);
        self.say_subscription(EventKind::SubscriptionCreated, &living.is, None);
        self.say_invoice(EventKind::InvoiceCreated, &first);
        self.is_sent(living, &mut first);
    }

    pub(super) fn is_sent(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        let due = self.now + self.random.random_range(5..15) * DAY;
        invoice.due_date = Some(due);
        self.finalize(invoice);
        if invoice.amount_due == 0 {
            self.is_paid(living, invoice);
            return;
        }
        if self.chance(0.5) {
            let moment = self.random.random_range(self.now..due);
            self.pass_until(living, moment);
            self.is_paid_bit_by_bit(living, invoice);
            return;
        }
        self.pass_until(living, due);
        if !living.has_ended() {
            self.is_overdue(living, invoice);
        }
    }

    fn is_paid_bit_by_bit(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        if self.features.partial_payments && self.chance(0.2) {
            self.is_paid_in_part(invoice);
            self.pass(living, HOUR);
        }
        self.is_paid(living, invoice);
    }

    /// Lets the due date pass. As a rule Stripe reports past due; no attempt failed.
    fn is_overdue(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        let is_announced = self.chance(0.4);
        let announced_first = self.chance(0.5);
        if is_announced && announced_first {
            self.say_invoice(EventKind::InvoiceOverdue, invoice);
        }
        if self.chance(0.85) {
            let secs = if self.chance(0.7) {
                1
            } else {
                self.random.random_range(2..HOUR)
            };
            self.pass(living, secs);
            self.falls_past_due(living, invoice);
        } else if self.chance(0.4) {
            // The account keeps serving them.
            self.pass(living, HOUR);
            self.change(living, |is| {
                is.metadata.insert("kind".into(), "enterprise".into());
            });
        }
        if is_announced && !announced_first {
            self.say_invoice(EventKind::InvoiceOverdue, invoice);
        }
        if self.features.partial_payments && self.chance(0.15) {
            self.is_paid_in_part(invoice);
        }
        let days = self.random.random_range(1..13);
        self.pass(living, days * DAY);
        if living.has_ended() {
            return;
        }
        if self.chance(0.55) {
            self.is_paid_bit_by_bit(living, invoice);
        } else {
            self.is_given_up_on(living, invoice);
        }
    }
}
