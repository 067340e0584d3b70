//! Invoices: created, opened, tried, failed, paid, given up.

use rand::RngExt;
use stripe_event::{EventKind, Invoice, InvoiceStatus};

use super::living::Living;
use super::stripe::{DAY, HOUR, Stripe};
use crate::catalogue;

/// The most attempts that Stripe makes.
const MAX_ATTEMPTS: u32 = 8;

impl Stripe {
    /// Makes a draft for the period that begins now.
    pub(super) fn bill(&mut self, living: &Living, reason: &'static str, amount: i64) -> Invoice<'static> {
        let mut invoice = self.draft(reason, amount);
        invoice.subscription = Some(living.is.id.clone());
        invoice.collection_method.clone_from(&living.is.collection_method);
        invoice.period_start = living.is.current_period_start;
        invoice
    }

    fn draft(&mut self, reason: &'static str, amount: i64) -> Invoice<'static> {
        Invoice {
            id: Some(self.name("in_1", 23).into()),
            customer: self.customer.clone().into(),
            subscription: None,
            status: Some(InvoiceStatus::Draft),
            billing_reason: Some(reason.into()),
            collection_method: Some("charge_automatically".into()),
            created: self.now,
            attempt_count: 0,
            attempted: false,
            next_payment_attempt: Some(self.now + HOUR),
            due_date: None,
            period_start: Some(self.now),
            period_end: Some(self.now),
            amount_due: amount,
            amount_paid: 0,
            amount_remaining: amount,
            total: amount,
            currency: catalogue::CURRENCY.into(),
            hosted_invoice_url: None,
            number: None,
            paid_at: None,
            finalization_error: None,
        }
    }

    /// Finalizes a draft.
    pub(super) fn finalize(&mut self, invoice: &mut Invoice<'static>) {
        invoice.status = Some(InvoiceStatus::Open);
        invoice.finalization_error = None;
        invoice.number = Some(self.name("DUN-", 8).into());
        let link = self.name("https://invoice.stripe.com/i/acct_1Dunlin/test_", 24);
        invoice.hosted_invoice_url = Some(link.into());
        self.say_invoice(EventKind::InvoiceFinalized, invoice);
    }

    /// Pays an invoice: `invoice.paid`, mostly `invoice.payment_succeeded`, and sometimes `invoice.updated` before or
    /// after them.
    pub(super) fn pay(&mut self, invoice: &mut Invoice<'static>) {
        invoice.status = Some(InvoiceStatus::Paid);
        invoice.attempted = true;
        invoice.attempt_count = invoice.attempt_count.max(1);
        invoice.next_payment_attempt = None;
        invoice.paid_at = Some(self.now);
        invoice.amount_paid = invoice.amount_due;
        invoice.amount_remaining = 0;
        if self.features.invoice_befores && self.chance(0.3) {
            // In the same second as the payment, and before it.
            self.say_invoice(EventKind::InvoiceUpdated, invoice);
        }
        self.say_invoice(EventKind::InvoicePaid, invoice);
        if self.features.partial_payments && self.chance(0.05) {
            return; // Paid out of band.
        }
        self.say_invoice(EventKind::InvoicePaymentSucceeded, invoice);
        if self.chance(0.2) {
            self.soon();
            self.say_invoice(EventKind::InvoiceUpdated, invoice);
        }
    }

    pub(super) fn fail(&mut self, invoice: &mut Invoice<'static>, next_attempt: Option<i64>) {
        invoice.attempted = true;
        invoice.attempt_count += 1;
        invoice.next_payment_attempt = next_attempt;
        if self.chance(0.25) {
            self.say_invoice(EventKind::InvoicePaymentActionRequired, invoice);
        }
        self.say_invoice(EventKind::InvoicePaymentFailed, invoice);
        if self.chance(0.3) {
            self.say_invoice(EventKind::InvoiceUpdated, invoice);
        }
    }

    pub(super) fn void(&mut self, invoice: &mut Invoice<'static>) {
        invoice.status = Some(InvoiceStatus::Void);
        invoice.next_payment_attempt = None;
        self.say_invoice(EventKind::InvoiceVoided, invoice);
    }

    /// Makes a one-off invoice, paid or not.
    pub(super) fn one_off(&mut self) {
        let mut invoice = self.draft("manual", 12_500);
        self.say_invoice(EventKind::InvoiceCreated, &invoice);
        self.finalize(&mut invoice);
        self.soon();
        if self.chance(0.6) {
            self.fail(&mut invoice, None);
            self.soon();
        }
        if self.chance(0.6) {
            self.pay(&mut invoice);
        }
    }

    /// Tries the first invoice until it is paid or a day has passed.
    pub(super) fn first_payment(&mut self, living: &mut Living, first: &mut Invoice<'static>) {
        while first.attempt_count < MAX_ATTEMPTS && self.chance(0.3) {
            self.soon();
            self.fail(first, None);
        }
        if self.chance(0.15) {
            self.later(23 * HOUR);
            self.change(living, |is| is.status = stripe_event::SubscriptionStatus::IncompleteExpired);
            self.soon();
            self.void(first);
        } else {
            self.soon();
            self.is_paid(living, first);
        }
    }

    /// Lets a renewal's payment fail and be retried as by Smart Retries, until some end.
    pub(super) fn chase(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        let schedule = self.random.random_range(1..=MAX_ATTEMPTS);
        let is_hard_decline = self.chance(0.15);
        while invoice.attempt_count < schedule {
            let in_days = self.random.random_range(1..=5);
            let is_last = invoice.attempt_count + 1 == schedule;
            let next = (!is_last).then_some(self.now + in_days * DAY);
            self.attempt_fails(living, invoice, next);
            if self.chance(0.3) {
                if self.chance(0.5) {
                    self.attach_card();
                }
                self.soon();
                self.is_paid(living, invoice);
                return;
            }
            if !is_last && self.chance(0.08) {
                self.is_overtaken_by_the_next_renewal(living, invoice);
                return;
            }
            if is_last || living.has_ended() {
                break;
            }
            if is_hard_decline && self.is_declined_for_good(living, invoice, schedule) {
                return;
            }
            self.later(in_days * DAY);
        }
        self.is_given_up(living, invoice);
    }

    /// Lets one attempt fail. The invoice and, at the first failure, its subscription change, in either order.
    pub(super) fn attempt_fails(&mut self, living: &mut Living, invoice: &mut Invoice<'static>, next: Option<i64>) {
        let subscription_first = self.chance(0.4);
        if subscription_first {
            self.falls_past_due(living, invoice);
            self.soon();
        }
        self.fail(invoice, next);
        if !subscription_first {
            self.soon();
            self.falls_past_due(living, invoice);
        }
    }

    /// Plays a hard decline: attempts stay scheduled and are counted, but nothing is charged until there is a new card.
    /// Returns true if a new card came and paid.
    pub(super) fn is_declined_for_good(&mut self, living: &mut Living, invoice: &mut Invoice<'static>, schedule: u32) -> bool {
        while invoice.attempt_count + 1 < schedule && self.chance(0.6) {
            self.later(3 * DAY);
            invoice.attempt_count += 1;
            invoice.next_payment_attempt = Some(self.now + 3 * DAY);
            self.say_invoice(EventKind::InvoiceUpdated, invoice);
        }
        let has_new_card = self.chance(0.5);
        if has_new_card {
            self.attach_card();
            self.soon();
            self.is_paid(living, invoice);
        }
        has_new_card
    }

    /// Leaves an invoice alone until after the next renewal. Then it may still be paid.
    fn is_overtaken_by_the_next_renewal(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        self.until(living.period_end());
        self.renew(living);
        if !living.has_ended() && self.chance(0.6) {
            self.soon();
            self.is_paid(living, invoice);
        }
    }

    /// Gives an invoice up after its last attempt, with an outcome that the account's settings or a person decide.
    fn is_given_up(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        self.soon();
        match self.random.random_range(0..5) {
            0 => self.change(living, |is| is.status = stripe_event::SubscriptionStatus::Unpaid),
            1 => {
                invoice.status = Some(InvoiceStatus::Uncollectible);
                invoice.next_payment_attempt = None;
                self.say_invoice(EventKind::InvoiceMarkedUncollectible, invoice);
                self.end(living, "payment_failed");
                if self.chance(0.6) {
                    self.later(10 * HOUR);
                    self.is_paid(living, invoice);
                }
            }
            2 => {
                self.void(invoice);
                self.heals(living, invoice);
            }
            3 => {} // The account is set to leave it past due.
            _ => {
                self.end(living, "payment_failed");
                if self.chance(0.5) {
                    self.later(3 * DAY);
                    self.is_paid(living, invoice);
                } else {
                    self.void(invoice);
                }
            }
        }
    }

    /// Pays the invoice. The subscription changes before or after it, if it changes at all.
    pub(super) fn is_paid(&mut self, living: &mut Living, invoice: &mut Invoice<'static>) {
        let subscription_first = self.chance(0.4);
        if subscription_first {
            self.heals(living, invoice);
            self.soon();
        }
        self.pay(invoice);
        if !subscription_first {
            self.soon();
            self.heals(living, invoice);
        }
    }
}
