//! Deliveries of events: late, twice, in any order, in bursts, or not at all.

use std::collections::BTreeMap;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use stripe_event::Event;

/// A delivery of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delivery {
    /// The time of arrival, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The index of the event.
    pub event: usize,
}

/// The order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The true order of events.
    True,
    /// A random order.
    Shuffled,
    /// Nine in ten within a second or so, the rest within hours. Now and then there is an outage, after which all
    /// waiting deliveries come in one burst.
    Delayed,
}

/// The behaviour of the network between Stripe and the endpoint. Shares are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    /// The order of arrival.
    pub order: Order,
    /// The share of events that arrive more than once. Half of the copies arrive at the same time.
    pub duplicates: f64,
    /// The share of events that never arrive.
    pub losses: f64,
}

impl Network {
    /// Returns the deliveries of these events in order of arrival.
    #[must_use]
    pub fn deliver(&self, events: &[Event<'_>], random: &mut ChaCha8Rng) -> Vec<Delivery> {
        let mut arrivals: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
        let outage = Outage::somewhere_in(events, random);
        for (nth, event) in events.iter().enumerate() {
            if random.random_bool(self.losses) {
                continue;
            }
            let sent_ms = event.created * 1_000 + random.random_range(0..1_000);
            let mut copies = vec![self.arrival(sent_ms, outage.as_ref(), random)];
            while copies.len() < 4 && random.random_bool(self.duplicates) {
                let again = if random.random_bool(0.5) {
                    copies[0]
                } else {
                    self.arrival(sent_ms + random.random_range(0..HOUR_MS), outage.as_ref(), random)
                };
                copies.push(again);
            }
            arrivals.insert(nth, copies);
        }
        let mut deliveries: Vec<Delivery> = arrivals
            .into_iter()
            .flat_map(|(event, copies)| copies.into_iter().map(move |at_ms| Delivery { at_ms, event }))
            .collect();
        match self.order {
            Order::Shuffled => deliveries.shuffle(random),
            Order::True | Order::Delayed => deliveries.sort_by_key(|delivery| delivery.at_ms),
        }
        deliveries
    }

    fn arrival(&self, sent_ms: i64, outage: Option<&Outage>, random: &mut ChaCha8Rng) -> i64 {
        if self.order != Order::Delayed {
            return sent_ms / 1_000 * 1_000;
        }
        let mean_ms = if random.random_bool(0.9) { 800 } else { 3 * HOUR_MS };
        let arrives = sent_ms + exponential(mean_ms, random);
        match outage {
            Some(outage) if (outage.from_ms..outage.to_ms).contains(&arrives) => outage.to_ms + random.random_range(0..2_000),
            _ => arrives,
        }
    }
}

const HOUR_MS: i64 = 3_600_000;

/// Draws a time from the exponential distribution of this mean, as between independent events, and at most three days.
/// Both are in milliseconds.
fn exponential(mean_ms: i64, random: &mut ChaCha8Rng) -> i64 {
    let uniform: f64 = random.random();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "milliseconds of some days"
    )]
    let drawn = (-(1.0 - uniform).ln() * mean_ms as f64) as i64;
    drawn.min(72 * HOUR_MS)
}

/// An outage, in which nothing arrives.
struct Outage {
    from_ms: i64,
    to_ms: i64,
}

impl Outage {
    /// Draws an outage around some event, for three endpoints in ten.
    fn somewhere_in(events: &[Event<'_>], random: &mut ChaCha8Rng) -> Option<Self> {
        let hit = random.random_bool(0.3);
        let event = events.get(random.random_range(0..events.len().max(1)))?;
        hit.then(|| {
            let from_ms = event.created * 1_000 - random.random_range(0..HOUR_MS);
            Self {
                from_ms,
                to_ms: from_ms + random.random_range(HOUR_MS..72 * HOUR_MS),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;
    use crate::Lifecycle;

    fn deliveries(order: Order, duplicates: f64, losses: f64) -> (usize, Vec<Delivery>) {
        let events = Lifecycle::from_seed(5).events;
        let network = Network {
            order,
            duplicates,
            losses,
        };
        let deliveries = network.deliver(&events, &mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!(deliveries, network.deliver(&events, &mut ChaCha8Rng::seed_from_u64(1)));
        (events.len(), deliveries)
    }

    fn distinct(deliveries: &[Delivery]) -> BTreeSet<usize> {
        deliveries.iter().map(|delivery| delivery.event).collect()
    }

    #[test]
    fn a_good_network_delivers_each_event_once_and_in_order() {
        let (events, deliveries) = deliveries(Order::True, 0.0, 0.0);
        let order: Vec<usize> = deliveries.iter().map(|delivery| delivery.event).collect();
        assert_eq!(order, (0..events).collect::<Vec<_>>());
    }

    #[test]
    fn a_bad_one_delivers_everything_at_least_once_in_another_order() {
        for order in [Order::Shuffled, Order::Delayed] {
            let (events, deliveries) = deliveries(order, 0.3, 0.0);
            assert_eq!(distinct(&deliveries).len(), events);
            assert!(deliveries.len() > events);
            assert!(!deliveries.is_sorted_by_key(|delivery| delivery.event), "{order:?}");
        }
    }

    #[test]
    fn a_lossy_one_loses() {
        let (events, deliveries) = deliveries(Order::Shuffled, 0.0, 0.5);
        assert!((1..events).contains(&deliveries.len()), "{} of {events}", deliveries.len());
    }
}
