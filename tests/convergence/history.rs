//! A lifecycle with the facts its events tell, and the ways in which these can be delivered.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use simulator::{Features, Lifecycle, Network, Order, Truth};
use stripe_event::{Event, Object};
use subscription::Fact;

/// What happened to one customer, in true order, with what each event tells.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) events: Vec<Event<'static>>,
    pub(crate) facts: Vec<Vec<Fact>>,
}

impl History {
    /// Every other life holds everything that real ones do.
    pub(crate) fn from_seed(seed: u64) -> Self {
        if is_real(seed) {
            Self::of_real_life(seed)
        } else {
            Self::of(Lifecycle::from_seed(seed))
        }
    }

    /// A life with everything that real ones hold.
    pub(crate) fn of_real_life(seed: u64) -> Self {
        Self::of(Lifecycle::with(seed, &Features::ALL))
    }

    /// A real life at another time: its last event happens in this second.
    pub(crate) fn of_real_life_ending_at(seed: u64, second: i64) -> Self {
        Self::of(Lifecycle::with_ending_at(seed, &Features::ALL, second))
    }

    /// The same at another time: its last event happens in this second.
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

    /// The indices of the events as a bad network delivers them.
    pub(crate) fn delivered(&self, network: &Network, seed: u64) -> Vec<usize> {
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0xD0_0D1E);
        let deliveries = network.deliver(&self.events, &mut random);
        deliveries.into_iter().map(|delivery| delivery.event).collect()
    }

    /// Without some of its events.
    pub(crate) fn only(&self, keep: impl Fn(usize, &Event<'_>) -> bool) -> Self {
        let kept = || (0..self.events.len()).filter(|&nth| keep(nth, &self.events[nth]));
        Self {
            events: kept().map(|nth| self.events[nth].clone()).collect(),
            facts: kept().map(|nth| self.facts[nth].clone()).collect(),
        }
    }

    /// One delivery, for a person.
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

/// By the same code that the server reads deliveries with.
fn told(event: &Event<'static>) -> Vec<Fact> {
    stripe_facts::read(event).expect("every event is readable").facts
}

/// Half of the lives are. Seeds that follow each other take turns with the networks, so pairs of them take turns here.
fn is_real(seed: u64) -> bool {
    (seed / 2).is_multiple_of(2)
}

/// The two bad networks that nothing is lost in.
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
