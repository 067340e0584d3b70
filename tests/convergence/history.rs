//! A lifecycle with the facts that its events tell, and the ways to deliver them.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use simulator::{Features, Lifecycle, Network, Order, Truth};
use stripe_event::{Event, Object};
use subscription::facts::Fact;

/// The events of one customer, in true order, with the facts that each tells.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) events: Vec<Event<'static>>,
    pub(crate) facts: Vec<Vec<Fact>>,
}

impl History {
    /// Makes a life from a seed. Every other pair of seeds has all features of real lives.
    pub(crate) fn from_seed(seed: u64) -> Self {
        if is_real(seed) {
            Self::of_real_life(seed)
        } else {
            Self::of(Lifecycle::from_seed(seed))
        }
    }

    /// Makes a life with all features of real ones.
    pub(crate) fn of_real_life(seed: u64) -> Self {
        Self::of(Lifecycle::with(seed, &Features::ALL))
    }

    /// Makes a real life whose last event happens in this second.
    pub(crate) fn of_real_life_ending_at(seed: u64, second: i64) -> Self {
        Self::of(Lifecycle::with_ending_at(seed, &Features::ALL, second))
    }

    /// Makes the life of a seed, moved so that its last event happens in this second.
    pub(crate) fn ending_at(seed: u64, second: i64) -> Self {
        if is_real(seed) {
            Self::of_real_life_ending_at(seed, second)
        } else {
            Self::of(Lifecycle::ending_at(seed, second))
        }
    }

    fn of(Lifecycle { events, .. }: Lifecycle) -> Self {
        let facts = events.iter().map(told).collect();
        Self { events, facts }
    }

    pub(crate) fn truth(&self) -> Truth {
        Truth::after(&self.events)
    }

    /// Returns the indices of the events as a bad network delivers them.
    pub(crate) fn delivered(&self, network: &Network, seed: u64) -> Vec<usize> {
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0xD0_0D1E);
        let deliveries = network.deliver(&self.events, &mut random);
        deliveries.into_iter().map(|delivery| delivery.event).collect()
    }

    /// Returns the history without some of its events.
    pub(crate) fn only(&self, keep: impl Fn(usize, &Event<'_>) -> bool) -> Self {
        let kept = || (0..self.events.len()).filter(|&nth| keep(nth, &self.events[nth]));
        Self {
            events: kept().map(|nth| self.events[nth].clone()).collect(),
            facts: kept().map(|nth| self.facts[nth].clone()).collect(),
        }
    }

    /// Describes one delivery for a person.
    pub(crate) fn describe(&self, nth: usize) -> String {
        let event = &self.events[nth];
        let about = match &event.object {
            Object::Subscription { now, .. } => format!("{} is {}", now.id, now.status.as_str()),
            Object::Invoice { now: invoice, .. } => format!(
                "{} of {} is {}, attempt {}",
                invoice.id.as_deref().unwrap_or("a preview"),
                invoice.subscription.as_deref().unwrap_or("nothing"),
                invoice.status.as_ref().map_or("?", |status| status.as_str()),
                invoice.attempt_count
            ),
            other => other.id().unwrap_or_default().to_owned(),
        };
        format!("#{nth} @{} {} {}: {about}", event.created, event.id, event.kind.as_str())
    }
}

/// Reads the facts with the code that the server uses.
fn told(event: &Event<'static>) -> Vec<Fact> {
    stripe_facts::read(event).expect("every event is readable").facts
}

/// Returns true for the seeds of real lives, which are half of all. Consecutive seeds alternate between the networks,
/// so pairs of seeds alternate here.
fn is_real(seed: u64) -> bool {
    (seed / 2).is_multiple_of(2)
}

/// The two bad networks that lose nothing.
pub(crate) const NETWORKS: [(&str, Network); 2] = [
    (
        "shuffled",
        Network {
            order: Order::Shuffled,
            duplicates: 0.2,
            losses: 0.0,
        },
    ),
    (
        "delayed",
        Network {
            order: Order::Delayed,
            duplicates: 0.2,
            losses: 0.0,
        },
    ),
];
