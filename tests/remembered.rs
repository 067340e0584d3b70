//! The memory that a customer takes, on which the limit of remembered customers rests
//! (`crates/persistence/src/cache.rs`). It is in a binary of its own, because it counts allocations.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing, and what it measured"
)]

use cap::Cap;
use simulator::{Features, Lifecycle};
use subscription::Customer;
use subscription::facts::Fact;

#[global_allocator]
static ALLOCATOR: Cap<std::alloc::System> = Cap::new(std::alloc::System, usize::MAX);

const LIVES: u64 = 500;
/// The limit for each fact, and for one more.
const FACT_BYTES: u64 = 1_500;

#[test]
fn a_customer_takes_little_more_than_its_facts() {
    for most in [1, 3, 10, 1_000] {
        let (mut facts, mut bytes) = (0, 0);
        for seed in 0..LIVES {
            let told = beginning_of_life(seed, most);
            let before = ALLOCATOR.allocated();
            let mut customer = Customer::default();
            told.iter().cloned().for_each(|fact| customer.learn(fact));
            let _standing = customer.standing();
            bytes += (ALLOCATOR.allocated() - before) as u64;
            facts += customer.count_facts();
        }
        println!(
            "of at most {most} facts: {} bytes a customer, {} a fact",
            bytes / LIVES,
            bytes / facts
        );
        assert!(
            bytes <= (facts + LIVES) * FACT_BYTES,
            "{most}: {bytes} bytes for {facts} facts"
        );
    }
}

/// Returns the first facts of a random life.
fn beginning_of_life(seed: u64, most: usize) -> Vec<Fact> {
    let features = if seed.is_multiple_of(2) {
        Features::NONE
    } else {
        Features::ALL
    };
    let events = Lifecycle::with(seed, &features).events;
    let told = events.iter().flat_map(|event| stripe_facts::read(event).unwrap().facts);
    told.take(most).collect()
}
