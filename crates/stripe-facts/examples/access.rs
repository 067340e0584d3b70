//! Prints the access decision that follows from webhook bodies: `cargo run -p stripe-facts --example access -- FILE...`
//!
//! Each file holds one event, as Stripe sent it. Their order does not matter. Without files, the program reads two
//! samples.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it is a program for people, who ask now"
)]

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use stripe_event::{Event, fixtures};
use subscription::access::{Policy, access};
use subscription::{Customer, UnixSeconds};

fn main() -> Result<(), Box<dyn Error>> {
    let mut bodies = std::env::args().skip(1).map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    if bodies.is_empty() {
        let samples = ["customer.subscription.updated", "customer.subscription.created"];
        let sample = |kind| fixtures::event("2025-09-30.clover", kind).map(|body| body.as_bytes().to_vec());
        bodies.extend(samples.into_iter().filter_map(sample));
    }
    let mut customer = Customer::default();
    for body in &bodies {
        let event = Event::parse(body)?;
        println!("{} of {}", event.kind.as_str(), event.customer().unwrap_or("nobody"));
        for fact in stripe_facts::read(&event)?.facts {
            customer.learn(fact);
        }
    }
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let decision = access(&customer.state(), &Policy::default(), UnixSeconds::new(now));
    println!("allowed: {}, for {}", decision.allowed, decision.reason.code());
    Ok(())
}
