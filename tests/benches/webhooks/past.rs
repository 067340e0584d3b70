//! The cost of an event of one customer, by the number of facts that are known of it.

use std::path::Path;

use serde_json::{Value, json};
use stripe_event::fixtures;

use crate::rig::figures::Figures;
use crate::rig::send;
use crate::rig::server::{Home, Server};
use crate::rig::traffic::signed;

const WHAT: &str = "sqlite, one customer, 1 connection";
/// The numbers of facts at which events are timed, each with the name of its figure.
const AT: [(usize, &str); 4] = [
    (100, "ms/event at 100 facts"),
    (1_000, "ms/event at 1,000 facts"),
    (4_000, "ms/event at 4,000 facts"),
    (10_000, "ms/event at 10,000 facts"),
];
/// The events that are timed at each of them, half before and half after.
const TIMED: usize = 100;

/// Sends more and more changes of one subscription, in their order.
pub(crate) fn measure(dunlin: &Path, figures: &mut Figures) {
    let home = Home::on_sqlite();
    let server = Server::start(dunlin, &home, &[]);
    let mut sent = 0;
    for (at, figure) in AT {
        let begin = at - TIMED / 2;
        post(&server, sent..begin);
        let timed = post(&server, begin..begin + TIMED);
        figures.add(WHAT, figure, 1_000.0 / timed);
        sent = begin + TIMED;
    }
    figures.add(WHAT, "peak memory, MB", server.peak_memory_mb());
    server.stop();
}

/// Posts these changes one by one. Returns the events a second.
fn post(server: &Server, changes: std::ops::Range<usize>) -> f64 {
    let bodies = changes.map(|nth| change(nth).to_string().into_bytes()).collect();
    send(&[server.address], &signed(bodies), 1, None).per_second()
}

/// Returns a change of a subscription's seats, a minute after the one before.
fn change(nth: usize) -> Value {
    let event = fixtures::event("2025-03-31.basil", "customer.subscription.updated.renewed").unwrap();
    let mut event: Value = serde_json::from_str(event).unwrap();
    let seats = |nth: usize| json!(nth % 7 + 1);
    event["id"] = json!(format!("evt_1Dunlin{nth:017}"));
    event["created"] = json!(event["created"].as_u64().unwrap() + 60 * nth as u64);
    let mut before = event["data"]["object"]["items"].clone();
    before["data"][0]["quantity"] = seats(nth + 6);
    event["data"]["object"]["items"]["data"][0]["quantity"] = seats(nth);
    event["data"]["previous_attributes"] = json!({"items": before});
    event
}
