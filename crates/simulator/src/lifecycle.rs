//! Lifecycles: possible histories of one customer at Stripe, from the first event to the last.

mod billing;
mod cards;
mod collected;
mod disputed;
mod ends;
mod features;
mod living;
mod pauses;
mod planned;
mod real;
mod sent;
mod story;
mod stripe;

use std::collections::BTreeMap;

use stripe_event::{Event, EventKind, Invoice, Object, Subscription};

pub use features::Features;
use stripe::Stripe;

/// One customer's history at Stripe: complete, truthful, in true order.
///
/// Its seed determines all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// The customer.
    pub customer: String,
    /// The events in true order. Several may share a second. Within one object the order is that of its changes.
    pub events: Vec<Event<'static>>,
}

/// Stripe's true state at one point in time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Every subscription so far, by its id.
    pub subscriptions: BTreeMap<String, Subscription<'static>>,
    /// Every invoice so far, by its id, including one-off ones.
    pub invoices: BTreeMap<String, Invoice<'static>>,
    /// The ends that schedules set, in Unix seconds, by the subscription's id.
    pub planned_ends: BTreeMap<String, i64>,
    /// Every dispute, by its id, and true if it is closed.
    pub disputes: BTreeMap<String, bool>,
}

impl Lifecycle {
    /// Returns the lifecycle of this seed, with [`Features::NONE`].
    pub fn from_seed(seed: u64) -> Self {
        Self::with(seed, &Features::NONE)
    }

    /// Returns the lifecycle of this seed that may have these features.
    pub fn with(seed: u64, features: &Features) -> Self {
        Self::lived_by(Stripe::new(seed, *features))
    }

    /// Returns the lifecycle of [`Lifecycle::from_seed`] at another time: its last event happens in this second.
    pub fn ending_at(seed: u64, second: i64) -> Self {
        Self::with_ending_at(seed, &Features::NONE, second)
    }

    /// Returns the lifecycle of [`Lifecycle::with`] at another time: its last event happens in this second.
    pub fn with_ending_at(seed: u64, features: &Features, second: i64) -> Self {
        let usual = Self::with(seed, features);
        let last = usual.events.iter().map(|event| event.created).max().unwrap_or(second);
        let mut stripe = Stripe::new(seed, *features);
        stripe.later(second - last);
        Self::lived_by(stripe)
    }

    fn lived_by(mut stripe: Stripe) -> Self {
        if stripe.features == Features::NONE {
            stripe.a_customer_lives();
        } else {
            stripe.a_real_customer_lives();
        }
        stripe.into_lifecycle()
    }

    /// Returns the final truth.
    pub fn truth(&self) -> Truth {
        self.truth_at(i64::MAX)
    }

    /// Returns the truth at the end of this second.
    pub fn truth_at(&self, second: i64) -> Truth {
        Truth::after(self.events.iter().filter(|event| event.created <= second))
    }
}

impl Truth {
    /// Returns the truth after these events, given in true order.
    pub fn after<'a>(events: impl IntoIterator<Item = &'a Event<'static>>) -> Self {
        let mut truth = Self::default();
        for event in events {
            match &event.object {
                Object::Subscription { now, .. } => {
                    truth.subscriptions.insert(now.id.to_string(), now.clone());
                }
                Object::Invoice { now, .. } if event.kind != EventKind::InvoiceUpcoming => {
                    if let Some(id) = &now.id {
                        truth.invoices.insert(id.to_string(), now.clone());
                    }
                }
                Object::SubscriptionSchedule(schedule) => {
                    if let Some(id) = schedule.planned_subscription() {
                        truth.planned_ends.remove(id);
                        truth.planned_ends.extend(schedule.ends_at.map(|end| (id.to_string(), end)));
                    }
                }
                Object::Dispute(dispute) => {
                    let is_closed = event.kind == EventKind::DisputeClosed;
                    truth.disputes.insert(dispute.id.to_string(), is_closed);
                }
                _ => {}
            }
        }
        truth
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use stripe_event::{Before, SubscriptionStatus};

    use super::*;

    const LIVES: u64 = 2_000;

    /// Returns `LIVES` lives of each kind, each with a name.
    fn lives() -> impl Iterator<Item = (String, Lifecycle)> {
        let of = |seed, features| (format!("seed {seed}, {features:?}"), Lifecycle::with(seed, &features));
        (0..LIVES).flat_map(move |seed| [of(seed, Features::NONE), of(seed, Features::ALL)])
    }

    #[test]
    fn a_seed_stands_for_one_lifecycle() {
        assert_eq!(Lifecycle::from_seed(7), Lifecycle::from_seed(7));
        assert_ne!(Lifecycle::from_seed(7), Lifecycle::from_seed(8));
    }

    #[test]
    fn a_lifecycle_at_another_time_is_the_same_lifecycle() {
        for seed in 0..200 {
            let features = if seed % 2 == 0 { Features::NONE } else { Features::ALL };
            let usual = Lifecycle::with(seed, &features).events;
            let moved = Lifecycle::with_ending_at(seed, &features, 1_700_000_000).events;
            assert_eq!(moved.last().unwrap().created, 1_700_000_000);
            let by = moved[0].created - usual[0].created;
            assert_eq!(moved.len(), usual.len());
            for (moved, usual) in moved.iter().zip(&usual) {
                assert_eq!(
                    (&moved.id, &moved.kind, moved.created),
                    (&usual.id, &usual.kind, usual.created + by)
                );
            }
        }
    }

    #[test]
    fn every_update_begins_where_the_last_change_ended() {
        for (which, life) in lives() {
            let mut known = BTreeMap::new();
            for event in life.events {
                let Object::Subscription { now, before } = event.object else {
                    continue;
                };
                let last = known.insert(now.id.clone(), now.clone());
                match before {
                    Before::Was(before) => assert_eq!(Some(before), last, "{which}, {}", event.id),
                    // An announcement or an end shows the subscription as it is. A creation shows it for the first
                    // time.
                    Before::NotGiven => assert_eq!(
                        last.is_none(),
                        event.kind == EventKind::SubscriptionCreated,
                        "{which}, {}",
                        event.id
                    ),
                }
            }
        }
    }

    #[test]
    fn no_ended_subscription_lives_on_and_time_does_not_run_backwards() {
        for (which, life) in lives() {
            let mut ended = BTreeSet::new();
            let mut last = 0;
            for event in life.events {
                assert!(event.created >= last, "{which}, {}", event.id);
                last = event.created;
                if let Object::Subscription { now, .. } = event.object {
                    let has_ended = is_terminal(&now.status);
                    assert!(has_ended || !ended.contains(&now.id), "{which}, {}", event.id);
                    if has_ended {
                        ended.insert(now.id);
                    }
                }
            }
        }
    }

    #[test]
    fn a_subscription_of_a_real_life_ends_once() {
        for seed in 0..LIVES {
            let mut ended = BTreeSet::new();
            for event in Lifecycle::with(seed, &Features::ALL).events {
                if event.kind == EventKind::SubscriptionDeleted {
                    assert!(
                        ended.insert(event.object_id().unwrap().to_owned()),
                        "seed {seed}, {}",
                        event.id
                    );
                }
            }
        }
    }

    fn is_terminal(status: &SubscriptionStatus<'_>) -> bool {
        matches!(status, SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired)
    }

    #[test]
    fn everything_that_stripe_can_say_of_a_subscription_is_said() {
        let mut kinds = BTreeSet::new();
        let mut statuses = BTreeSet::new();
        let mut attempts = BTreeSet::new();
        for seed in 0..LIVES {
            for event in Lifecycle::from_seed(seed).events {
                match &event.object {
                    Object::Subscription { now, .. } => drop(statuses.insert(now.status.as_str().to_owned())),
                    Object::Invoice { now, .. } if event.kind == EventKind::InvoicePaid => {
                        attempts.insert(now.attempt_count);
                    }
                    _ => {}
                }
                kinds.insert(event.kind.as_str().to_owned());
            }
        }
        assert_eq!(statuses.len(), 8, "{statuses:?}");
        assert!((1..=8).all(|attempt| attempts.contains(&attempt)), "{attempts:?}");
        for kind in [
            "checkout.session.completed",
            "customer.created",
            "customer.subscription.paused",
            "customer.subscription.pending_update_expired",
            "customer.subscription.resumed",
            "customer.subscription.trial_will_end",
            "customer.updated",
            "invoice.finalized",
            "invoice.marked_uncollectible",
            "invoice.payment_action_required",
            "invoice.upcoming",
            "invoice.voided",
            "payment_method.attached",
        ] {
            assert!(kinds.contains(kind), "{kind} is never said");
        }
    }

    #[test]
    fn real_lives_hold_every_feature_and_every_kind_of_pause() {
        let mut times: BTreeMap<&str, u64> = BTreeMap::new();
        let mut pauses = BTreeSet::new();
        for seed in 0..LIVES {
            let life = Lifecycle::with(seed, &Features::ALL);
            for (name, is_there) in Features::of(&life.events).named() {
                *times.entry(name).or_default() += u64::from(is_there);
            }
            for event in life.events {
                if let Object::Subscription { now, .. } = event.object {
                    pauses.extend(now.paused_reason.map(String::from));
                }
            }
        }
        assert!(times.values().all(|&times| times > LIVES / 50), "{times:?}");
        let expected = [
            "final_payment_failure",
            "first_payment_failure",
            "pause_requested",
            "system",
            "trial_end_without_payment_method",
        ];
        assert_eq!(pauses.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_left_out_is_not_lived() {
        for seed in 0..LIVES {
            let features = Features {
                sent_invoices: true,
                several_subscriptions: true,
                ..Features::NONE
            };
            let found = Features::of(&Lifecycle::with(seed, &features).events);
            assert!(
                !found.pauses && !found.discounts && !found.paused_collection && !found.newest_versions,
                "seed {seed}"
            );
        }
    }

    #[test]
    fn a_checkout_says_ten_things_within_two_seconds() {
        let is_checkout = |life: &Lifecycle| {
            let done = life
                .events
                .iter()
                .find(|event| event.kind == EventKind::CheckoutSessionCompleted);
            done.is_some_and(|done| {
                let near = life.events.iter().filter(|event| (event.created - done.created).abs() <= 2);
                near.count() >= 10
            })
        };
        let checkouts = (0..LIVES).filter(|&seed| is_checkout(&Lifecycle::from_seed(seed))).count();
        assert!(checkouts > 200, "{checkouts}");
    }
}
