//! Trains the dictionary that bodies are kept with, on events that are made up, and writes it to standard output.
//!
//! `cargo run --release -p server --example dictionary > new.zdict`. The one in use stays where it is: what was kept with it is
//! read with it forever.

use std::io::Write;

use simulator::{Lifecycle, body};
use stripe_event::fixtures;

/// Beyond this much, a body hardly gets smaller.
const DICTIONARY_BYTES: usize = 32 * 1024;
/// Whole lives of so many customers.
const LIVES: u64 = 60;

fn main() -> anyhow::Result<()> {
    let lives = (0..LIVES).map(Lifecycle::from_seed);
    let told = lives.flat_map(|life| life.events.iter().filter_map(body).collect::<Vec<_>>());
    // Each shape that a version gave an event counts as much as some of the commonest.
    let samples = fixtures::all().map(|(_, _, event)| event.as_bytes().to_vec());
    let samples: Vec<Vec<u8>> = told.chain(samples).collect();
    let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES)?;
    std::io::stdout().write_all(&dictionary)?;
    Ok(())
}
