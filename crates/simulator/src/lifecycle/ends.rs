//! Ends: requested, scheduled, withdrawn, and reached.

use rand::RngExt;
use stripe_event::{EventKind, SubscriptionStatus};

use super::living::Living;
use super::stripe::{DAY, Stripe};

const REQUESTED: &str = "cancellation_requested";

impl Living {
    /// Returns the time at which it ends by itself, if it does: the earliest of the ends that are set.
    pub(super) fn set_end(&self) -> Option<i64> {
        let at_period_end = self.is.cancel_at_period_end.then_some(self.period_end());
        let ends = [at_period_end, self.is.cancel_at, self.schedule_ends_at]
            .into_iter()
            .flatten();
        ends.min().filter(|_| !self.has_ended())
    }
}

impl Stripe {
    /// Sets an end: in the portal, with the period and with or without a reason, or by the merchant, at any date. It
    /// may be withdrawn. With flexible billing Stripe reports the period's end as a date.
    pub(super) fn asks_for_the_end(&mut self, living: &mut Living) {
        if living.set_end().is_some() || living.has_ended() {
            return;
        }
        let (now, period_end) = (self.now, living.period_end());
        let in_portal = self.chance(0.7) && period_end > now;
        let at_period_end = in_portal && self.chance(0.8);
        let end = if in_portal {
            period_end
        } else {
            now + self.random.random_range(1..50) * DAY
        };
        let gives_feedback = in_portal && self.chance(0.6);
        let is_late = self.chance(0.4);
        self.change(living, |is| {
            is.cancel_at_period_end = at_period_end;
            is.cancel_at = Some(end);
            is.canceled_at = Some(now);
            is.cancellation_details.reason = Some(REQUESTED.into());
            if gives_feedback && !is_late {
                is.cancellation_details.feedback = Some("too_expensive".into());
            }
        });
        if gives_feedback && is_late {
            self.soon();
            self.change(living, |is| {
                is.cancellation_details.feedback = Some("switched_service".into());
                is.cancellation_details.comment = Some("Thank you for everything.".into());
            });
        }
        if self.chance(0.35) {
            let secs = if self.chance(0.4) {
                0
            } else {
                self.random.random_range(1..4 * DAY)
            };
            self.pass(living, secs);
            self.withdraws(living);
        }
    }

    fn withdraws(&mut self, living: &mut Living) {
        if living.has_ended() {
            return;
        }
        self.change(living, |is| {
            is.cancel_at_period_end = false;
            is.cancel_at = None;
            is.canceled_at = None;
            is.cancellation_details = stripe_event::CancellationDetails::default();
        });
    }

    /// Ends it now, for any of the possible reasons.
    pub(super) fn ends_somehow(&mut self, living: &mut Living) {
        if living.has_ended() {
            return;
        }
        match self.random.random_range(0..8) {
            0..=2 => {
                living.is.cancellation_details.feedback = Some("unused".into());
                self.ends(living, Some(REQUESTED));
            }
            3 | 4 => self.ends(living, Some(REQUESTED)),
            5 => self.ends(living, Some("payment_disputed")),
            6 => self.ends(living, Some("canceled_by_retention_policy")),
            _ => self.ends(living, None),
        }
        if self.chance(0.1) {
            self.soon();
            self.change(living, |is| is.cancellation_details.feedback = Some("other".into()));
        }
    }

    pub(super) fn ends_as_set(&mut self, living: &mut Living) {
        let reason = living.is.cancellation_details.reason.take();
        let is_asked_for = reason.is_some() || self.chance(0.5);
        self.ends(living, is_asked_for.then_some(REQUESTED));
    }

    /// Ends it, unless it has ended.
    pub(super) fn ends(&mut self, living: &mut Living, reason: Option<&'static str>) {
        if living.has_ended() {
            return;
        }
        living.is.status = SubscriptionStatus::Canceled;
        living.is.paused_reason = None;
        living.is.canceled_at = living.is.canceled_at.or(Some(self.now));
        living.is.ended_at = Some(self.now);
        living.is.cancellation_details.reason = reason.map(Into::into);
        self.say_subscription(EventKind::SubscriptionDeleted, &living.is, None);
        self.soon();
    }
}
