//! Real lives: the experiences of a SaaS's customers, beyond what every lifecycle has.

use rand::RngExt;
use stripe_event::{EventKind, SubscriptionStatus};

use super::living::{Collected, Living};
use super::stripe::{DAY, HOUR, PERIOD, Stripe};
use crate::catalogue;

/// The purpose of a subscription for its customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Base,
    AddOn,
    /// A second one of the same, by accident.
    Duplicate,
    Replacement,
}

impl Stripe {
    /// Plays a whole customer: one subscription, perhaps a further one at some time, and perhaps the customer's
    /// deletion.
    pub(super) fn a_real_customer_lives(&mut self) {
        let beginning = self.now;
        self.say_customer(EventKind::CustomerCreated, None);
        if self.chance(0.08) {
            self.one_off();
        }
        let base = self.a_real_subscription(Role::Base);
        let base_until = self.now;
        let further = (self.features.several_subscriptions && self.chance(0.5))
            .then(|| (self.a_further_subscription(&base, beginning), self.now));
        let mut all = vec![(base_until, base)];
        all.extend(further.map(|(living, until)| (until, living)));
        let end = all.iter().map(|(until, _)| *until).max().unwrap_or(beginning);
        // Scheduled changes still take effect, though nothing else happens.
        for (until, living) in &mut all {
            self.now = *until;
            self.pass_until(living, end);
        }
        self.now = end;
        if self.features.deleted_customers && self.chance(0.035) {
            self.is_deleted(all.into_iter().map(|(_, living)| living));
        }
    }

    fn a_further_subscription(&mut self, base: &Living, beginning: i64) -> Living {
        let end = self.now;
        let ended_at = base.is.ended_at.unwrap_or(end);
        let role = match self.random.random_range(0..5) {
            0 | 1 => {
                self.now = self.random.random_range(beginning..=end);
                Role::AddOn
            }
            2 => {
                self.now = (beginning + self.random.random_range(0..2 * DAY)).min(end);
                Role::Duplicate
            }
            3 => {
                let earlier = if self.chance(0.5) { 5 * DAY } else { 3 };
                self.now = (ended_at - self.random.random_range(0..=earlier)).max(beginning);
                Role::Replacement
            }
            _ => {
                self.now = ended_at + self.random.random_range(0..20 * DAY);
                Role::Replacement
            }
        };
        self.is_beside = true;
        self.a_real_subscription(role)
    }

    /// Deletes the customer, which ends all of its subscriptions.
    fn is_deleted(&mut self, all: impl Iterator<Item = Living>) {
        let now = self.now;
        for mut living in all {
            self.pass_until(&mut living, now + DAY);
            self.until(now + DAY);
            if !living.has_ended() {
                self.ends(&mut living, None);
            }
        }
        self.say_customer(EventKind::CustomerDeleted, None);
    }

    fn a_real_subscription(&mut self, role: Role) -> Living {
        let mut living = self.begins(role);
        if role == Role::Duplicate && !living.has_ended() {
            // Somebody notices it sooner or later.
            let secs = self.random.random_range(60..6 * DAY);
            self.pass(&mut living, secs);
            if self.chance(0.8) && !living.has_ended() {
                self.ends(&mut living, Some("cancellation_requested"));
            }
        }
        for _ in 0..self.random.random_range(1..=4) {
            if living.has_ended() || living.is.status == SubscriptionStatus::Paused {
                break;
            }
            self.something_real_happens(&mut living);
            if !living.has_ended() && living.is.status != SubscriptionStatus::Paused {
                self.a_real_period_passes(&mut living);
            }
        }
        if !living.has_ended() && self.chance(0.3) {
            self.ends_somehow(&mut living);
        }
        living
    }

    fn begins(&mut self, role: Role) -> Living {
        let mut living = Living::new(self.incomplete());
        if role != Role::Base {
            let nth = if role == Role::AddOn { 2 } else { 1 };
            let quantity = self.random.random_range(1..=5);
            living.is.items = vec![catalogue::plan(nth, quantity)];
            living.is.recurring_amount = Some(catalogue::total(&living.is.items));
        }
        if self.features.discounts && self.chance(0.15) {
            living.percent_off = if self.chance(0.5) { 100 } else { 50 };
            living.is.is_discounted = true;
        }
        if self.features.fixed_terms && self.chance(0.1) {
            let periods = self.random.random_range(1..=3);
            let days = if self.chance(0.5) {
                0
            } else {
                self.random.random_range(1..29)
            };
            living.is.cancel_at = Some(self.now + periods * PERIOD + days * DAY);
            living.is.canceled_at = Some(self.now);
            let schedule = self.name("sub_sched_1", 23);
            living.is.schedule = self.chance(0.5).then(|| schedule.into());
        }
        let nth = self.random.random_range(0..100);
        if self.features.sent_invoices && nth < 16 {
            self.begins_with_sent_invoice(&mut living);
        } else if self.features.delayed_debits && (16..27).contains(&nth) {
            self.begins_with_debit(&mut living);
        } else if self.features.trials && (27..54).contains(&nth) {
            self.begins_with_trial(&mut living);
        } else {
            self.begins_with_card(&mut living);
        }
        let is_begun = matches!(living.is.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing);
        if self.features.fixed_terms && is_begun && living.set_end().is_none() && self.chance(0.05) {
            self.is_given_a_term(&mut living);
        } else if self.features.reasons && is_begun && self.chance(0.02) {
            // The customer subscribed by mistake.
            let secs = self.random.random_range(10..60);
            self.later(secs);
            self.asks_for_the_end(&mut living);
        }
        living
    }

    /// Sets the end of a fixed term, at any hour of any day. Checkout makes no subscription with an end, so the
    /// merchant's code sets it a moment later.
    fn is_given_a_term(&mut self, living: &mut Living) {
        let secs = self.random.random_range(1..20);
        self.later(secs);
        let hours = self.random.random_range(1..60) * 24 + self.random.random_range(1..24);
        self.end_is_set(living, living.period_end() + hours * HOUR);
    }

    /// Sets an end by the merchant, without a reason.
    fn end_is_set(&mut self, living: &mut Living, end: i64) {
        let now = self.now;
        self.change(living, |is| {
            is.cancel_at = Some(end);
            is.canceled_at = Some(now);
        });
    }

    fn begins_with_trial(&mut self, living: &mut Living) {
        let behaviors = ["cancel", "pause", "create_invoice"];
        living.is.trial_end_behavior = Some(behaviors[self.random.random_range(0..behaviors.len())].into());
        living.has_way_to_pay = self.chance(0.5);
        if living.has_way_to_pay {
            self.brings_card(living);
        }
        // The customer's default, added for another subscription, pays for this one too.
        living.has_way_to_pay |= !self.were_default.is_empty();
        let mut first = self.bill(living, "subscription_create", 0);
        living.is.latest_invoice.clone_from(&first.id);
        self.begin_trial(living, &mut first);
        if self.chance(0.5) {
            self.say_checkout(&living.is);
        }
    }

    fn begins_with_card(&mut self, living: &mut Living) {
        self.brings_card(living);
        let amount = living.costs();
        let mut first = self.bill(living, "subscription_create", amount);
        living.is.latest_invoice.clone_from(&first.id);
        if amount == 0 || self.chance(0.4) {
            living.is.status = SubscriptionStatus::Active;
            self.say_subscription(EventKind::SubscriptionCreated, &living.is, None);
            self.announce(&mut first);
            self.pay(&mut first);
        } else {
            self.say_subscription(EventKind::SubscriptionCreated, &living.is, None);
            self.announce(&mut first);
            if self.features.pauses && self.chance(0.06) {
                self.never_begins(living, &mut first);
            } else {
                self.first_payment(living, &mut first);
            }
        }
        if !living.has_ended() && self.chance(0.5) {
            self.say_checkout(&living.is);
        }
    }

    /// Plays what happens between two renewals.
    fn something_real_happens(&mut self, living: &mut Living) {
        let secs = self.random.random_range(0..6 * DAY);
        self.pass(living, secs);
        if living.has_ended() {
            return;
        }
        let has = self.features;
        let is_active = living.is.status == SubscriptionStatus::Active;
        let is_quiet = is_active && living.set_end().is_none() && living.collected == Collected::Card;
        match self.random.random_range(0..30) {
            0..=4 if has.cards => self.something_happens_to_cards(living),
            5 if has.changes => self.changes_seats(living),
            6 if has.changes && is_quiet => self.changes_plan(living),
            7 if has.changes && is_quiet => self.plan_change_fails(living),
            8 | 9 if has.paused_collection && is_active => self.pauses_collection(living),
            10 | 11 if has.pauses && is_quiet => self.pauses_for_a_while(living),
            12..=16 if has.reasons => self.asks_for_the_end(living),
            17 if has.reasons => self.ends_somehow(living),
            18 if has.discounts => self.coupon_comes_or_goes(living),
            19 => self.one_off(),
            20 | 21 if has.trials && living.is.status == SubscriptionStatus::Trialing => self.moves_trial_end(living),
            22 if has.fixed_terms && living.set_end().is_none() => {
                let end = living.period_end() + self.random.random_range(1..60) * DAY;
                self.end_is_set(living, end);
            }
            23 | 24 if has.schedules && is_quiet => self.is_planned_to_end(living),
            25 | 26 if has.disputes => self.a_payment_is_disputed(living),
            _ => {}
        }
    }

    fn changes_seats(&mut self, living: &mut Living) {
        let quantity = self.random.random_range(1..=9);
        let has_more = self.chance(0.1);
        self.change(living, |is| {
            for item in &mut is.items {
                item.quantity = Some(quantity);
            }
            is.has_more_items = has_more;
        });
    }

    fn coupon_comes_or_goes(&mut self, living: &mut Living) {
        living.percent_off = match living.percent_off {
            0 if self.chance(0.5) => 100,
            0 => 50,
            _ => 0,
        };
        let is_discounted = living.percent_off > 0;
        self.change(living, |is| is.is_discounted = is_discounted);
    }

    /// Extends a trial, or ends it at once. A trial whose day is also the set end is not extended.
    fn moves_trial_end(&mut self, living: &mut Living) {
        let is_to_end_then = !living.is.cancel_at_period_end && living.is.cancel_at == living.is.trial_end;
        if self.chance(0.6) && !is_to_end_then {
            self.change(living, |is| {
                is.trial_end = is.trial_end.map(|end| end + 7 * DAY);
                is.current_period_end = is.trial_end;
                if is.cancel_at_period_end {
                    is.cancel_at = is.trial_end;
                }
            });
        } else if living.has_way_to_pay && living.set_end().is_none() {
            let now = self.now;
            self.change(living, |is| is.trial_end = Some(now));
            self.say_subscription(EventKind::SubscriptionTrialWillEnd, &living.is, None);
            self.renews(living);
        }
    }

    /// Plays a period to its end: perhaps announced, then renewed, ended or paused.
    fn a_real_period_passes(&mut self, living: &mut Living) {
        let end = living.period_end();
        let is_collected = living.is.pause_collection_behavior.is_none();
        if living.ends_in_this_period_at().is_none() && is_collected && self.chance(0.7) && self.now < end - 3 * DAY {
            self.pass_until(living, end - 7 * DAY);
            self.announce_renewal(living);
            if self.chance(0.12) {
                self.pass(living, DAY);
                self.changes_mind(living);
            }
        }
        if living.is.status == SubscriptionStatus::Trialing {
            self.pass_until(living, end - 3 * DAY);
            if !living.has_ended() {
                self.say_subscription(EventKind::SubscriptionTrialWillEnd, &living.is, None);
            }
        }
        self.pass_until(living, end);
        match living.is.status {
            _ if living.has_ended() => {}
            SubscriptionStatus::Paused => {}
            SubscriptionStatus::Trialing if !living.has_way_to_pay && living.costs() > 0 => self.trial_ends_without_card(living),
            _ => self.renews(living),
        }
    }

    /// Changes something after the renewal was announced.
    fn changes_mind(&mut self, living: &mut Living) {
        let is_active = living.is.status == SubscriptionStatus::Active;
        match self.random.random_range(0..3) {
            0 if self.features.reasons => self.asks_for_the_end(living),
            1 if self.features.paused_collection && is_active => self.pauses_collection(living),
            _ if self.features.discounts => self.coupon_comes_or_goes(living),
            _ => {}
        }
    }

    fn trial_ends_without_card(&mut self, living: &mut Living) {
        match living.is.trial_end_behavior.as_deref() {
            Some("cancel") => self.ends(living, None),
            Some("pause") if self.features.pauses => {
                self.is_paused(living, "trial_end_without_payment_method");
                self.pass(living, 5 * DAY);
                if self.chance(0.4) && !living.has_ended() {
                    self.brings_card(living);
                    self.renews(living);
                    self.say_resumed(living);
                } else if self.chance(0.3) {
                    self.ends_somehow(living);
                }
            }
            _ => self.renews(living),
        }
    }

    /// Lets this many seconds pass, with the scheduled changes in them.
    pub(super) fn pass(&mut self, living: &mut Living, secs: i64) {
        let moment = self.now + secs;
        self.pass_until(living, moment);
    }

    pub(super) fn pass_until(&mut self, living: &mut Living, moment: i64) {
        if living.has_ended() || moment < self.now {
            return;
        }
        let end = living.set_end().filter(|&end| end <= moment);
        let resumes_at = living.is.pause_collection_resumes_at;
        if let Some(at) = resumes_at.filter(|&at| at <= moment && end.is_none_or(|end| at < end)) {
            self.until(at);
            self.change(living, |is| {
                is.pause_collection_behavior = None;
                is.pause_collection_resumes_at = None;
            });
        }
        match end {
            Some(end) => {
                self.until(end);
                self.ends_as_set(living);
            }
            None => self.until(moment),
        }
    }
}
