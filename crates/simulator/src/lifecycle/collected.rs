//! Collection of the periods of a real life: by card, by debit, and the end of what cannot be collected.

use rand::RngExt;
use stripe_event::{EventKind, Invoice, InvoiceStatus, PaymentMethod, SubscriptionStatus};

use super::living::{Collected, Living};
use super::stripe::{DAY, HOUR, Stripe};

/// The most attempts before the period is over.
const MAX_ATTEMPTS: u32 = 4;

impl Stripe {
    /// Begins a new period and bills it.
    pub(super) fn renews(&mut self, living: &mut Living) {
        let mut invoice = self.bill(living, "subscription_cycle", living.costs());
        if living.collected == Collected::SentInvoice {
            invoice.next_payment_attempt = None;
        }
        self.begin_period(living, &invoice);
        if living.is.status == SubscriptionStatus::Unpaid {
            return;
        }
        self.pass(living, HOUR);
        if living.has_ended() {
            return;
        }
        if self.features.finalization_failures && self.chance(0.04) && !self.is_made_final_late(living, &mut invoice) {
            return;
        }
        if living.is.pause_collection_behavior.is_some() {
            self.is_not_collected(living, &mut invoice);
        } else {
            self.is_collected(living, &mut invoice);
        }
    }

    /// Lets the finalization fail, for the customer's address, say. Returns false if nobody repairs it.
    fn is_made_final_late(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) -> bool {
        invoice.finalization_error = Some("customer_tax_location_invalid".into());
        self.say_invoice(EventKind::InvoiceFinalizationFailed, invoice);
        let secs = self.random.random_range(60..2 * DAY);
        self.pass(living, secs);
        !living.has_ended() && self.chance(0.7)
    }

    fn is_collected(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        if living.collected == Collected::SentInvoice {
            self.is_sent(living, invoice);
            return;
        }
        self.finalize(invoice);
        self.soon();
        if living.collected == Collected::Debit && invoice.amount_due > 0 {
            let days = self.random.random_range(2..7);
            self.pass(living, days * DAY);
            if living.has_ended() {
                return;
            }
        }
        let fails = !living.has_way_to_pay || self.chance(0.42);
        if invoice.amount_due > 0 && fails {
            self.is_chased(living, invoice);
        } else {
            self.is_paid(living, invoice);
        }
    }

    /// Lets a payment fail and be retried, until some end.
    pub(super) fn is_chased(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        let schedule = invoice.attempt_count + self.random.random_range(1..=MAX_ATTEMPTS);
        while invoice.attempt_count < schedule {
            let in_days = self.random.random_range(1..=4);
            let is_last = invoice.attempt_count + 1 == schedule;
            let next = (!is_last).then_some(self.now + in_days * DAY);
            if self.is_paused_at_once(living, invoice, next) {
                return;
            }
            self.attempt_fails(living, invoice, next);
            if self.features.partial_payments && self.chance(0.15) {
                self.soon();
                self.is_paid_in_part(invoice);
            }
            if self.features.reasons && self.chance(0.12) {
                self.asks_for_the_end(living);
            }
            if living.has_ended() {
                return;
            }
            if self.chance(0.3) {
                if self.features.cards && self.chance(0.5) && living.collected == Collected::Card {
                    self.brings_card(living);
                }
                self.soon();
                self.is_paid(living, invoice);
                return;
            }
            if !is_last {
                self.pass_until(living, next.unwrap_or(self.now));
                if living.has_ended() {
                    return;
                }
            }
        }
        self.is_given_up_on(living, invoice);
    }

    /// Pauses the subscription at its first failure, if the account is set to. Returns true if it did.
    fn is_paused_at_once(&mut self, living: &mut Living, invoice: &mut Invoice<'static>, next: Option<i64>) -> bool {
        let is_first = invoice.attempt_count == 0 && living.is.status == SubscriptionStatus::Active;
        let is_paused = self.features.pauses && is_first && living.set_end().is_none() && self.chance(0.1);
        if is_paused {
            self.fail(invoice, next);
            self.soon();
            self.is_paused(living, "first_payment_failure");
            self.comes_back_by_paying(living, invoice);
        }
        is_paused
    }

    /// Pays a part of the invoice, never all of it.
    pub(super) fn is_paid_in_part(&mut self, invoice: &mut Invoice<'static>) {
        let part = invoice.amount_remaining / 3;
        invoice.amount_paid += part;
        invoice.amount_remaining -= part;
        self.say_invoice(EventKind::InvoiceUpdated, invoice);
    }

    /// Gives an invoice up after its last attempt, with an outcome that the account's settings or a person decide.
    pub(super) fn is_given_up_on(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        self.soon();
        match self.random.random_range(0..9) {
            0 => self.change(living, |is| is.status = SubscriptionStatus::Unpaid),
            1 => {
                invoice.status = Some(InvoiceStatus::Uncollectible);
                invoice.next_payment_attempt = None;
                self.say_invoice(EventKind::InvoiceMarkedUncollectible, invoice);
                self.ends(living, Some("payment_failed"));
                if self.chance(0.5) {
                    self.later(10 * HOUR);
                    self.is_paid(living, invoice);
                }
            }
            2 => {
                self.void(invoice);
                self.heals(living, invoice);
            }
            3 | 4 => {} // The account is set to leave it past due.
            5 if self.features.reasons => self.ends(living, Some("cancellation_requested")),
            6 if self.features.pauses && living.set_end().is_none() => {
                self.is_paused(living, "final_payment_failure");
                self.comes_back_by_paying(living, invoice);
            }
            _ => {
                self.ends(living, Some("payment_failed"));
                if self.chance(0.4) {
                    self.later(DAY);
                    self.void(invoice);
                }
            }
        }
    }

    /// Begins with a debit. The subscription is active at once, though the money takes days and may not come.
    pub(super) fn begins_with_debit(&mut self, living: &mut Living) {
        living.collected = Collected::Debit;
        let id = self.name("pm_1", 23);
        let debit = PaymentMethod {
            id: id.clone().into(),
            customer: Some(self.customer.clone().into()),
            kind: "sepa_debit".into(),
            card: None,
            created: self.now,
        };
        self.say_payment_method(EventKind::PaymentMethodAttached, &debit);
        self.soon();
        living.is.default_payment_method = Some(id.into());
        living.is.status = SubscriptionStatus::Active;
        let mut first = self.bill(living, "subscription_create", living.costs());
        living.is.latest_invoice.clone_from(&first.id);
        self.say_subscription(EventKind::SubscriptionCreated, &living.is, None);
        self.announce(&mut first);
        if first.amount_due > 0 {
            let secs = self.random.random_range(2 * DAY..12 * DAY);
            self.pass(living, secs);
        }
        if first.amount_due == 0 || self.chance(0.5) {
            self.is_paid(living, &mut first);
        } else {
            self.bounces(living, &mut first);
        }
    }

    fn bounces(&mut self, living: &mut Living, first: &mut Invoice<'static>) {
        first.attempted = true;
        first.attempt_count += 1;
        first.next_payment_attempt = None;
        self.say_invoice(EventKind::InvoicePaymentFailed, first);
        match self.random.random_range(0..5) {
            0 | 1 => {
                let secs = if self.chance(0.7) { 2 } else { 3 * HOUR };
                self.pass(living, secs);
                self.falls_past_due(living, first);
                self.pass(living, DAY);
                if self.chance(0.6) {
                    self.is_chased(living, first);
                } else {
                    self.is_given_up_on(living, first);
                }
            }
            2 => {
                // Nothing was paid, and service continues.
                self.pass(living, HOUR);
                self.void(first);
            }
            3 => {
                self.pass(living, 3 * DAY);
                self.is_paid(living, first);
            }
            _ => self.is_chased(living, first),
        }
    }
}
