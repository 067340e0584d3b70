//! Ends that a schedule sets.

use rand::RngExt;
use stripe_event::{EventKind, Object, SubscriptionSchedule};

use super::living::Living;
use super::stripe::{DAY, PERIOD, Stripe};

impl Stripe {
    /// Schedules an end. The merchant may schedule another or none, or release the subscription. Meanwhile Stripe
    /// refuses every other end but an immediate one
    /// (<https://docs.stripe.com/billing/subscriptions/subscription-schedules>).
    pub(super) fn is_planned_to_end(&mut self, living: &mut Living) {
        if living.set_end().is_some() || living.is.schedule.is_some() {
            return;
        }
        let id = self.name("sub_sched_1", 23);
        let end = living.period_end() + self.random.random_range(0..=2) * PERIOD;
        let days = if self.chance(0.5) {
            0
        } else {
            self.random.random_range(1..29)
        };
        living.schedule_ends_at = Some(end + days * DAY);
        self.say_schedule("subscription_schedule.created", &id, living, false);
        self.change(living, |is| is.schedule = Some(id.clone().into()));
        if self.chance(0.5) {
            let secs = self.random.random_range(60..6 * DAY);
            self.pass(living, secs);
            self.is_planned_anew(living, &id);
        }
    }

    fn is_planned_anew(&mut self, living: &mut Living, id: &str) {
        if living.has_ended() {
            return;
        }
        let days = self.random.random_range(1..30);
        match self.random.random_range(0..3) {
            0 => {
                living.schedule_ends_at = living.schedule_ends_at.map(|end| end + days * DAY);
                self.say_schedule("subscription_schedule.updated", id, living, false);
            }
            1 => {
                living.schedule_ends_at = None;
                self.say_schedule("subscription_schedule.updated", id, living, false);
            }
            _ => {
                living.schedule_ends_at = None;
                self.say_schedule("subscription_schedule.released", id, living, true);
                self.change(living, |is| is.schedule = None);
            }
        }
    }

    fn say_schedule(&mut self, kind: &'static str, id: &str, living: &Living, is_released: bool) {
        let subscription = Some(living.is.id.clone());
        let (subscription, released_subscription) = if is_released {
            (None, subscription)
        } else {
            (subscription, None)
        };
        let schedule = SubscriptionSchedule {
            id: id.to_owned().into(),
            customer: Some(self.customer.clone().into()),
            subscription,
            released_subscription,
            ends_at: living.schedule_ends_at,
        };
        self.say(EventKind::Other(kind.into()), Object::SubscriptionSchedule(schedule));
    }
}
