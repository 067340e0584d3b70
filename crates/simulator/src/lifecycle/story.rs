//! The course of subscriptions over time.

use std::collections::BTreeMap;

use rand::RngExt;
use stripe_event::{CancellationDetails, EventKind, Invoice, Subscription, SubscriptionStatus};

use super::living::Living;
use super::stripe::{DAY, HOUR, PERIOD, Stripe};
use crate::catalogue;

const TRIAL: i64 = 14 * DAY;

impl Stripe {
    /// Plays a whole customer: one subscription after the other, and now and then a second line of them beside the
    /// first.
    pub(super) fn a_customer_lives(&mut self) {
        let beginning = self.now;
        self.say_customer(EventKind::CustomerCreated, None);
        if self.chance(0.15) {
            self.one_off();
        }
        self.subscriptions_follow_each_other();
        if self.chance(0.2) {
            let end = self.now;
            self.now = self.random.random_range(beginning..=end);
            self.subscriptions_follow_each_other();
        }
    }

    fn subscriptions_follow_each_other(&mut self) {
        let mut living = self.subscribe();
        for _ in 0..self.random.random_range(1..=4) {
            if living.has_ended() {
                self.later(20 * DAY);
                living = self.subscribe();
            } else if self.chance(0.1) {
                // The new subscription comes first and the old one ends afterwards, perhaps within the same second.
                let next = self.subscribe();
                self.soon();
                if !living.has_ended() {
                    self.end(&mut living, "cancellation_requested");
                }
                living = next;
            } else {
                self.something_happens(&mut living);
                if !living.has_ended() {
                    self.a_period_passes(&mut living);
                }
            }
        }
        if !living.has_ended() && self.chance(0.4) {
            self.end(&mut living, "cancellation_requested");
        }
    }

    /// Makes a new subscription, by Checkout or by the API.
    fn subscribe(&mut self) -> Living {
        let mut living = Living::new(self.incomplete());
        let card = self.chance(0.7).then(|| self.attach_card());
        let kind = self.random.random_range(0..6);
        let amount = if kind <= 1 { 0 } else { catalogue::total(&living.is.items) };
        let mut first = self.bill(&living, "subscription_create", amount);
        living.is.latest_invoice.clone_from(&first.id);
        match kind {
            0 | 1 => self.begin_trial(&mut living, &mut first),
            2 => {
                // Paid before any event is sent: "active" from the first event on.
                living.is.status = SubscriptionStatus::Active;
                self.say_subscription(EventKind::SubscriptionCreated, &living.is, None);
                self.announce(&mut first);
                self.pay(&mut first);
            }
            _ => {
                self.say_subscription(EventKind::SubscriptionCreated, &living.is, None);
                self.announce(&mut first);
                self.first_payment(&mut living, &mut first);
            }
        }
        if !living.has_ended() && self.chance(0.6) {
            self.say_checkout(&living.is);
            if let Some(card) = card {
                self.say_customer(EventKind::CustomerUpdated, Some(card.clone()));
                self.change(&mut living, |is| is.default_payment_method = Some(card.into()));
            }
        }
        living
    }

    /// Begins a trial, with a $0 invoice that is paid at once.
    pub(super) fn begin_trial(&mut self, living: &mut Living, first: &mut Invoice<'static>) {
        let end = self.now + TRIAL;
        living.is.status = SubscriptionStatus::Trialing;
        living.is.trial_start = Some(self.now);
        living.is.trial_end = Some(end);
        living.is.current_period_end = Some(end);
        self.say_subscription(EventKind::SubscriptionCreated, &living.is, None);
        self.announce(first);
        self.pay(first);
    }

    pub(super) fn announce(&mut self, invoice: &mut Invoice<'static>) {
        self.say_invoice(EventKind::InvoiceCreated, invoice);
        self.finalize(invoice);
    }

    pub(super) fn incomplete(&mut self) -> Subscription<'static> {
        let items = vec![catalogue::plan(0, self.random.random_range(1..=5))];
        Subscription {
            id: self.name("sub_1", 23).into(),
            customer: self.customer.clone().into(),
            status: SubscriptionStatus::Incomplete,
            created: self.now,
            start_date: Some(self.now),
            cancel_at_period_end: false,
            cancel_at: None,
            canceled_at: None,
            ended_at: None,
            trial_start: None,
            trial_end: None,
            current_period_start: Some(self.now),
            current_period_end: Some(self.now + PERIOD),
            recurring_amount: Some(catalogue::total(&items)),
            items,
            has_more_items: false,
            pause_collection_behavior: None,
            pause_collection_resumes_at: None,
            paused_reason: None,
            schedule: None,
            is_discounted: false,
            latest_invoice: None,
            default_payment_method: None,
            collection_method: Some("charge_automatically".into()),
            currency: Some(catalogue::CURRENCY.into()),
            trial_end_behavior: Some("pause".into()),
            cancellation_details: CancellationDetails::default(),
            metadata: BTreeMap::new(),
        }
    }

    /// Plays what happens between two renewals.
    fn something_happens(&mut self, living: &mut Living) {
        self.later(2 * DAY);
        match self.random.random_range(0..12) {
            0 => drop(self.attach_card()),
            1 => self.changes_plan(living),
            2 => self.plan_change_fails(living),
            3 => {
                // Back and forth, perhaps within a second.
                let seats = living.is.items.clone();
                self.change(living, |is| is.items = vec![catalogue::plan(0, 7)]);
                self.soon();
                self.change(living, |is| is.items = seats);
            }
            4 => {
                self.change(living, |is| is.pause_collection_behavior = Some("void".into()));
                self.soon();
                self.change(living, |is| is.pause_collection_behavior = None);
            }
            5 if living.is.status == SubscriptionStatus::Trialing => {
                self.change(living, |is| {
                    is.trial_end = is.trial_end.map(|end| end + 7 * DAY);
                    is.current_period_end = is.trial_end;
                });
            }
            6 | 7 => {
                self.asks_to_end(living, true);
                if self.chance(0.5) {
                    self.soon();
                    self.asks_to_end(living, false);
                }
            }
            8 => self.one_off(),
            9 => self.end(living, "cancellation_requested"),
            10 => {
                // It ends by itself, but after this period: renewals continue until then.
                let end = living.period_end() + 45 * DAY;
                self.change(living, |is| is.cancel_at = Some(end));
            }
            _ => {}
        }
    }

    fn asks_to_end(&mut self, living: &mut Living, at_period_end: bool) {
        let now = self.now;
        self.change(living, |is| {
            is.cancel_at_period_end = at_period_end;
            is.canceled_at = at_period_end.then_some(now);
            is.cancel_at = at_period_end.then_some(is.current_period_end).flatten();
            is.cancellation_details.reason = at_period_end.then(|| "cancellation_requested".into());
        });
    }

    /// Changes the plan up or down, with a proration that is paid at once.
    pub(super) fn changes_plan(&mut self, living: &mut Living) {
        let quantity = self.random.random_range(1..=9);
        let mut items = vec![catalogue::plan(self.random.random_range(0..2), quantity)];
        if self.chance(0.3) {
            items.push(catalogue::plan(2, quantity + 1));
            items.sort_unstable();
        }
        if living.is.status != SubscriptionStatus::Active {
            self.change(living, |is| is.items = items);
            return;
        }
        let mut proration = self.bill(living, "subscription_update", 1_300);
        self.change(living, |is| {
            is.items = items;
            is.latest_invoice.clone_from(&proration.id);
        });
        self.announce(&mut proration);
        self.soon();
        self.pay(&mut proration);
    }

    /// Lets a change fail: its payment fails, so it is pending and then dropped. The subscription stays active and as
    /// it was.
    pub(super) fn plan_change_fails(&mut self, living: &mut Living) {
        if living.is.status != SubscriptionStatus::Active {
            return;
        }
        let mut proration = self.bill(living, "subscription_update", 4_100);
        self.change(living, |is| is.latest_invoice.clone_from(&proration.id));
        self.announce(&mut proration);
        proration.attempted = true;
        proration.attempt_count = 1;
        proration.next_payment_attempt = None;
        self.say_invoice(EventKind::InvoicePaymentFailed, &proration);
        self.later(23 * HOUR);
        self.say_subscription(EventKind::SubscriptionPendingUpdateExpired, &living.is, None);
        self.void(&mut proration);
    }

    /// Plays a period to its end: perhaps announced, then renewed, ended or paused.
    fn a_period_passes(&mut self, living: &mut Living) {
        let end = living.period_end();
        if living.ends_in_this_period_at().is_none() && self.chance(0.7) {
            self.until(end - 7 * DAY);
            self.announce_renewal(living);
        }
        if living.is.status == SubscriptionStatus::Trialing {
            self.until(end - 3 * DAY);
            self.say_subscription(EventKind::SubscriptionTrialWillEnd, &living.is, None);
            if self.chance(0.2) {
                // In the same second as the announcement.
                self.change(living, |is| is.items = vec![catalogue::plan(0, 6)]);
            }
        }
        if let Some(end) = living.ends_in_this_period_at() {
            self.until(end);
            self.end(living, "cancellation_requested");
            return;
        }
        self.until(end);
        if living.is.status == SubscriptionStatus::Trialing && self.chance(0.2) {
            self.pause(living);
        } else {
            self.renew(living);
        }
    }

    pub(super) fn announce_renewal(&mut self, living: &Living) {
        let amount = living.costs();
        let mut preview = self.bill(living, "upcoming", amount);
        preview.id = None;
        preview.period_end = living.is.current_period_end;
        preview.next_payment_attempt = living.is.current_period_end.map(|end| end + HOUR);
        self.say_invoice(EventKind::InvoiceUpcoming, &preview);
    }

    /// Pauses at the end of a trial without a card.
    fn pause(&mut self, living: &mut Living) {
        self.change(living, |is| is.status = SubscriptionStatus::Paused);
        self.say_subscription(EventKind::SubscriptionPaused, &living.is, None);
        self.later(5 * DAY);
        if self.chance(0.5) {
            self.attach_card();
            self.renew(living);
            self.say_subscription(EventKind::SubscriptionResumed, &living.is, None);
        }
    }

    /// Begins a new period and bills it.
    pub(super) fn renew(&mut self, living: &mut Living) {
        let mut invoice = self.bill(living, "subscription_cycle", catalogue::total(&living.is.items));
        self.begin_period(living, &invoice);
        if living.is.status == SubscriptionStatus::Unpaid {
            return;
        }
        self.later(HOUR);
        self.finalize(&mut invoice);
        self.soon();
        if self.chance(0.45) {
            self.chase(living, &mut invoice);
        } else {
            self.is_paid(living, &mut invoice);
        }
    }

    /// Begins a period with its invoice. Chance decides which of the two events comes first.
    pub(super) fn begin_period(&mut self, living: &mut Living, invoice: &Invoice<'static>) {
        let start = self.now;
        let drafted_first = self.chance(0.5);
        if drafted_first {
            self.say_invoice(EventKind::InvoiceCreated, invoice);
        }
        self.change(living, |is| {
            is.current_period_start = Some(start);
            is.current_period_end = Some(start + PERIOD);
            is.latest_invoice.clone_from(&invoice.id);
            if matches!(is.status, SubscriptionStatus::Trialing | SubscriptionStatus::Paused) {
                is.status = SubscriptionStatus::Active;
            }
        });
        if !drafted_first {
            self.say_invoice(EventKind::InvoiceCreated, invoice);
        }
    }

    pub(super) fn falls_past_due(&mut self, living: &mut Living, invoice: &Invoice<'static>) {
        if living.is.status == SubscriptionStatus::Active && living.is_about(invoice) {
            self.change(living, |is| is.status = SubscriptionStatus::PastDue);
        }
    }

    pub(super) fn heals(&mut self, living: &mut Living, invoice: &Invoice<'static>) {
        if !living.has_ended() && living.is_about(invoice) {
            self.change(living, |is| is.status = SubscriptionStatus::Active);
        }
    }

    pub(super) fn end(&mut self, living: &mut Living, reason: &'static str) {
        living.is.status = SubscriptionStatus::Canceled;
        living.is.canceled_at = living.is.canceled_at.or(Some(self.now));
        living.is.ended_at = Some(self.now);
        living.is.cancellation_details.reason = Some(reason.into());
        self.say_subscription(EventKind::SubscriptionDeleted, &living.is, None);
        if self.chance(0.3) {
            self.soon();
            self.change(living, |is| is.cancellation_details.feedback = Some("too_expensive".into()));
        }
        self.soon();
    }

    /// Changes the subscription, with an event that has its previous attributes.
    pub(super) fn change(&mut self, living: &mut Living, change: impl FnOnce(&mut Subscription<'static>)) {
        let before = living.is.clone();
        change(&mut living.is);
        living.is.recurring_amount = (!living.is.has_more_items).then(|| catalogue::total(&living.is.items));
        if living.is.status != SubscriptionStatus::Paused {
            living.is.paused_reason = None;
        }
        if living.is != before {
            self.say_subscription(EventKind::SubscriptionUpdated, &living.is, Some(before));
        }
    }
}
