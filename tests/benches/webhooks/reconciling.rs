//! What intake loses while a server reconciles: the latency of webhooks at a rate, and memory, with a hundred thousand events
//! to be listed and posted beside them.
//!
//! Stripe is played by this very process, on the same processors. What that costs is not Dunlin's, and makes the latency
//! beside it the worse: so much the surer is a target that is met.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use simulator::{FakeStripe, Lifecycle, Measured};

use crate::rig::figures::{Bound, Figures, Target};
use crate::rig::server::{Home, Server};
use crate::rig::traffic::Traffic;
use crate::rig::{API_CONNECTIONS, KEY, count, send, setting};

/// Events that Stripe lists and nobody delivered.
const LISTED: usize = 100_000;
/// Webhooks a second meanwhile, and how many in one turn: as long as a reconciliation goes on, there is another.
const RATE: f64 = 200.0;
const TURN: usize = 1_000;
const CONNECTIONS: usize = 32;
/// Turns that are prepared: their signatures hold for five minutes.
const TURNS: usize = 50;
/// Of what is listed, nothing is older.
const LISTED_SECS: i64 = 30 * 86_400;
/// The list is a minute behind.
const SETTLED_SECS: i64 = 120;
/// The batches of lives that nothing else has sent.
const BATCHES: [u64; 2] = [600, 601];
const ALONE: &str = "sqlite, webhooks alone";
const BESIDE: &str = "sqlite, webhooks beside a reconciliation";

pub(crate) fn measure(dunlin: &Path, figures: &mut Figures) {
    let listed = setting("DUNLIN_BENCH_LISTED", LISTED);
    let (stripe, told) = stripe_with(listed);
    let (url, _serving) = stripe.serve().unwrap();
    let settings = [
        ("DUNLIN_STRIPE_API_KEY", "rk_test_bench"),
        ("DUNLIN_STRIPE_API_URL", url.as_str()),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
    ];
    let [alone, beside] = [(ALONE, BATCHES[0], &[][..]), (BESIDE, BATCHES[1], &settings[..])].map(|(what, batch, settings)| {
        let home = Home::on_sqlite();
        let traffic = Traffic::new(TURN * TURNS, batch);
        let server = Server::start(dunlin, &home, settings);
        send(&[server.address], &traffic.bindings, API_CONNECTIONS, None);
        let began = Instant::now();
        let mut turns = Vec::new();
        for turn in traffic.requests.chunks(TURN) {
            turns.push(send(&[server.address], turn, CONNECTIONS, Some(RATE)));
            let is_over = if settings.is_empty() {
                turns.len() == TURNS / 5
            } else {
                has_reconciled(&server)
            };
            if is_over {
                break;
            }
        }
        if !settings.is_empty() {
            let posted = count(told) / began.elapsed().as_secs_f64();
            assert!(has_reconciled(&server), "it is done within {TURNS} turns");
            figures.add(what, "events listed", count(told));
            figures.add(what, "of them a second, at least", posted);
        }
        figures.add(what, "peak memory, MB", server.peak_memory_mb());
        turns
    });
    for (what, turns) in [(ALONE, alone), (BESIDE, beside)] {
        let latencies = together(&turns);
        figures.add(what, "p50 ms", latencies.percentile_ms(50.0));
        figures.add(what, "p99 ms", latencies.percentile_ms(99.0));
    }
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

/// A Stripe at which at least so many events of the last thirty days were never delivered, and how many it is.
fn stripe_with(listed: usize) -> (FakeStripe, usize) {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let stripe = FakeStripe::new(false);
    let mut told = 0;
    for seed in 700_000_000.. {
        let mut life = Lifecycle::ending_at(seed, now - SETTLED_SECS);
        life.events.retain(|event| event.created > now - LISTED_SECS + SETTLED_SECS);
        told += life.events.len();
        stripe.tell(&life.events);
        if told >= listed {
            break;
        }
    }
    (stripe, told)
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
