//! Trains the dictionary for stored bodies on made-up events, and writes it to standard output.
//!
//! `cargo run --release -p intake --example dictionary > new.zdict`. The dictionary in use must stay where it is,
//! because bodies that were compressed with it need it forever.

use std::io::Write;

use simulator::{Lifecycle, body};
use stripe_event::fixtures;

/// The size of the dictionary. A larger one hardly makes a body smaller.
const DICTIONARY_BYTES: usize = 32 * 1024;
/// The number of customers whose whole lives are in the sample.
const LIVES: u64 = 60;

fn main() -> anyhow::Result<()> {
    let lives = (0..LIVES).map(Lifecycle::from_seed);
    let told = lives.flat_map(|life| life.events.iter().filter_map(body).collect::<Vec<_>>());
    // Each shape that an API version gave an event counts as much as some of the commonest events.
    let samples = fixtures::all().map(|(_, _, event)| event.as_bytes().to_vec());
    let samples: Vec<Vec<u8>> = told.chain(samples).collect();
    let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES)?;
    std::io::stdout().write_all(&dictionary)?;
    Ok(())
}
