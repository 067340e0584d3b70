//! What intake loses while a server reconciles: the latency of webhooks at a rate, and memory, with events to be listed and
//! posted beside them.
//!
//! Stripe is played by this very process, on the same processors, and gets only what of them nobody else wants: in earnest it is
//! elsewhere. What it is compared with is a server that was brought the same events as webhooks before, and takes as many
//! beside, so that both know as much.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use simulator::api::Serving;
use simulator::{FakeStripe, Lifecycle, Measured, body};
use stripe_event::Event;

use crate::rig::figures::{Bound, Figures, Target};
use crate::rig::server::{Home, Server};
use crate::rig::traffic::{Traffic, signed};
use crate::rig::{API_CONNECTIONS, KEY, count, send, setting};

/// Events that Stripe lists and nobody delivered: as many as are learned in some minutes, for webhooks go first.
const LISTED: usize = 3_000;
/// Webhooks a second meanwhile, and how many in one turn: as long as a reconciliation goes on, there is another.
const RATE: usize = 200;
const TURN: usize = 500;
/// How fast the other server is brought what the first one found, and took before its last turns: gently, for its memory is
/// measured too.
const BROUGHT_RATE: f64 = 500.0;
/// The turns after which the other server, which does nothing beside, is known well enough.
const TURNS_ALONE: usize = 20;
const CONNECTIONS: usize = 32;
/// Turns that are prepared and signed beforehand, and for how long that holds.
const TURNS: usize = 150;
const PATIENT: (&str, &str) = ("DUNLIN_STRIPE_SIGNATURE_TOLERANCE_SECS", "3600");
/// Of what is listed, nothing is older.
const LISTED_SECS: i64 = 30 * 86_400;
/// The list is a minute behind.
const SETTLED_SECS: i64 = 120;
/// By the end of the bench, nothing has become too old to be listed.
const MARGIN_SECS: i64 = 3_600;
/// The first of the lives that the listed events are of.
const FIRST_SEED: u64 = 700_000_000;
/// The batches of lives that nothing else has sent.
const BATCHES: [u64; 2] = [600, 601];
const ALONE: &str = "sqlite, webhooks alone";
const BESIDE: &str = "sqlite, webhooks beside a reconciliation";

pub(crate) fn measure(dunlin: &Path, figures: &mut Figures) {
    let events = listed_events(setting("DUNLIN_BENCH_LISTED", LISTED));
    let turns = beside(dunlin, &events, figures);
    alone(dunlin, &events, turns, figures);
}

/// A server that finds all of these in the list, and takes webhooks meanwhile. How many turns of them that were.
fn beside(dunlin: &Path, events: &[Event<'static>], figures: &mut Figures) -> usize {
    let stripe = FakeStripe::new(false);
    stripe.tell(events);
    let (url, _serving) = serve_gently(&stripe);
    let settings = [
        ("DUNLIN_STRIPE_API_KEY", "rk_test_bench"),
        ("DUNLIN_STRIPE_API_URL", url.as_str()),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
        PATIENT,
    ];
    let home = Home::on_sqlite();
    let traffic = Traffic::new(TURN * TURNS, BATCHES[1]);
    let server = Server::start(dunlin, &home, &settings);
    send(&[server.address], &traffic.bindings, API_CONNECTIONS, None);
    let began = Instant::now();
    let mut turns = Vec::new();
    for turn in traffic.requests.chunks(TURN) {
        turns.push(send(&[server.address], turn, CONNECTIONS, Some(rate())));
        if has_reconciled(&server) {
            break;
        }
    }
    assert!(has_reconciled(&server), "it is done within {TURNS} turns");
    figures.add(BESIDE, "events listed", count(events.len()));
    let secs = began.elapsed().as_secs_f64();
    figures.add(BESIDE, "of them a second, at least", count(events.len()) / secs);
    told(BESIDE, &server, &turns, figures);
    turns.len()
}

/// Threads inherit how willingly they let others go first.
fn serve_gently(stripe: &FakeStripe) -> (String, Serving) {
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| {
            rustix::process::nice(19).unwrap();
            stripe.serve().unwrap()
        });
        serving.join().unwrap()
    })
}

/// A server that was brought the same events as webhooks, and takes as many turns: the last of them at the same rate.
fn alone(dunlin: &Path, events: &[Event<'static>], turns: usize, figures: &mut Figures) {
    let home = Home::on_sqlite();
    let server = Server::start(dunlin, &home, &[PATIENT]);
    for few in events.chunks(TURN * 10) {
        let bodies = few.iter().map(|event| body(event).unwrap()).collect();
        send(&[server.address], &signed(bodies), CONNECTIONS, Some(BROUGHT_RATE));
    }
    let traffic = Traffic::new(TURN * TURNS, BATCHES[0]);
    send(&[server.address], &traffic.bindings, API_CONNECTIONS, None);
    let (brought, measured) = traffic.requests[..turns * TURN].split_at(turns.saturating_sub(TURNS_ALONE) * TURN);
    send(&[server.address], brought, CONNECTIONS, Some(BROUGHT_RATE));
    let at_rate = |turn: &[Vec<u8>]| send(&[server.address], turn, CONNECTIONS, Some(rate()));
    let turns: Vec<Measured> = measured.chunks(TURN).map(at_rate).collect();
    told(ALONE, &server, &turns, figures);
}

fn rate() -> f64 {
    count(setting("DUNLIN_BENCH_RATE", RATE))
}

fn told(what: &str, server: &Server, turns: &[Measured], figures: &mut Figures) {
    let latencies = together(turns);
    figures.add(what, "p50 ms", latencies.percentile_ms(50.0));
    figures.add(what, "p99 ms", latencies.percentile_ms(99.0));
    figures.add(what, "peak memory, MB", server.peak_memory_mb());
}

/// What should come of it.
pub(crate) fn targets(figures: &Figures) -> Vec<Target> {
    let beside_alone = |figure: &'static str| Target {
        what: format!("{figure} of webhooks beside a reconciliation, of that alone"),
        bound: Bound::AtMost(1.2),
        measured: figures.ratio((BESIDE, figure), (ALONE, figure)),
    };
    ["p50 ms", "p99 ms", "peak memory, MB"].map(beside_alone).into()
}

/// At least so many events of the last thirty days.
fn listed_events(at_least: usize) -> Vec<Event<'static>> {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let mut events = Vec::with_capacity(at_least);
    for seed in FIRST_SEED.. {
        let life = Lifecycle::ending_at(seed, now - SETTLED_SECS);
        let is_listed = |event: &Event<'_>| event.created > now - LISTED_SECS + MARGIN_SECS;
        events.extend(life.events.into_iter().filter(is_listed));
        if events.len() >= at_least {
            break;
        }
    }
    events
}

fn has_reconciled(server: &Server) -> bool {
    let url = format!("http://{}/api/v1/reconciliation", server.address);
    let mut answer = ureq::get(url)
        .header("Authorization", format!("Bearer {KEY}"))
        .call()
        .unwrap();
    let state: serde_json::Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
    assert!(state["failure"].is_null(), "{state}");
    !state["last_at"].is_null()
}

fn together(turns: &[Measured]) -> Measured {
    let mut all = turns[0].clone();
    for turn in &turns[1..] {
        all.latencies.add(&turn.latencies).unwrap();
        all.took += turn.took;
    }
    all
}
