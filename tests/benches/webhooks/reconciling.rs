//! The cost of a reconciliation to intake: the latency of webhooks at a rate, and memory, while events are listed and
//! posted.
//!
//! This process plays Stripe, on the same processors, and runs only while nobody else wants them (`SCHED_IDLE`). In
//! production Stripe is elsewhere. The other server of the comparison got the same events as webhooks before, and takes
//! as many webhooks meanwhile, so that both know the same.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use simulator::api::Serving;
use simulator::{FakeStripe, Lifecycle, Measured, body};
use stripe_event::Event;
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};

use crate::rig::figures::{Bound, Figures, Target};
use crate::rig::server::{Home, Server};
use crate::rig::traffic::{Traffic, signed};
use crate::rig::{API_CONNECTIONS, KEY, count, send, setting};

/// The events that Stripe lists, and the number of them that nobody delivered: as many as are learned in some minutes,
/// because webhooks go first.
const LISTED: usize = 3_000;
const LOST: usize = 3_000;
/// The webhooks per second meanwhile, and the number in one turn. Turns follow each other while the reconciliation
/// lasts.
const RATE: usize = 200;
const TURN: usize = 500;
/// The rate at which the other server gets the events that the first one found, and the webhooks before its last turns.
/// It is low because the other server's memory is measured too.
const BROUGHT_RATE: f64 = 500.0;
/// The number of turns after which the other server, which does nothing else, is measured well enough.
const TURNS_ALONE: usize = 20;
const CONNECTIONS: usize = 32;
/// The turns that are prepared and signed beforehand, and the time for which their signatures hold.
const TURNS: usize = 250;
const PATIENT: (&str, &str) = ("DUNLIN_STRIPE_SIGNATURE_TOLERANCE_SECS", "3600");
/// The greatest age of a listed event.
const LISTED_SECS: i64 = 30 * 86_400;
/// The age, in seconds, of the last event of a life. It exceeds the minute by which the list is behind.
const SETTLED_SECS: i64 = 120;
/// The margin that keeps events from becoming too old to be listed before the end of the bench.
const MARGIN_SECS: i64 = 3_600;
/// The first of the lives that the listed events belong to.
const FIRST_SEED: u64 = 700_000_000;
/// The batches of lives that nothing else sends.
const BATCHES: [u64; 2] = [600, 601];
const ALONE: &str = "sqlite, webhooks alone";
const BESIDE: &str = "sqlite, webhooks beside a reconciliation";

pub(crate) fn measure(dunlin: &Path, figures: &mut Figures) {
    let listed = Listed::at_least(setting("DUNLIN_BENCH_LISTED", LISTED), setting("DUNLIN_BENCH_LOST", LOST));
    let turns = beside(dunlin, &listed, figures);
    alone(dunlin, &listed, turns, figures);
}

/// The events that Stripe lists.
struct Listed {
    /// The events that were delivered, and those that were not.
    known: Vec<Event<'static>>,
    lost: Vec<Event<'static>>,
}

/// Runs a server that knows the delivered events, finds the others in the list, and takes webhooks meanwhile. Returns
/// the number of turns of webhooks.
fn beside(dunlin: &Path, listed: &Listed, figures: &mut Figures) -> usize {
    let stripe = FakeStripe::new(false);
    stripe.tell(&listed.known);
    stripe.tell(&listed.lost);
    let (url, _serving) = serve_when_idle(&stripe);
    let settings = [
        ("DUNLIN_STRIPE_API_KEY", "rk_test_bench"),
        ("DUNLIN_STRIPE_API_URL", url.as_str()),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
        PATIENT,
    ];
    let home = Home::on_sqlite();
    let traffic = Traffic::new(TURN * TURNS, BATCHES[1]);
    deliver_known(dunlin, &home, listed);
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
    let secs = began.elapsed().as_secs_f64();
    figures.add(BESIDE, "events listed", count(listed.known.len() + listed.lost.len()));
    figures.add(BESIDE, "of them never delivered", count(listed.lost.len()));
    figures.add(BESIDE, "learned a second, at least", count(listed.lost.len()) / secs);
    told(BESIDE, &server, &turns, figures);
    turns.len()
}

/// Serves Stripe on idle threads. Threads inherit their scheduling. A low priority is not enough: a thread that wakes
/// up while one processor runs a nice thread and the other is busy waits for either, but a processor with an idle
/// thread counts as free.
fn serve_when_idle(stripe: &FakeStripe) -> (String, Serving) {
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
            set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle).unwrap();
            stripe.serve().unwrap()
        });
        serving.join().unwrap()
    })
}

/// Runs a server that gets all of the events, and takes as many turns, the last of them at the same rate.
fn alone(dunlin: &Path, listed: &Listed, turns: usize, figures: &mut Figures) {
    let home = Home::on_sqlite();
    deliver_known(dunlin, &home, listed);
    let server = Server::start(dunlin, &home, &[PATIENT]);
    deliver(&server, &listed.lost, Some(BROUGHT_RATE));
    let traffic = Traffic::new(TURN * TURNS, BATCHES[0]);
    send(&[server.address], &traffic.bindings, API_CONNECTIONS, None);
    let (brought, measured) = traffic.requests[..turns * TURN].split_at(turns.saturating_sub(TURNS_ALONE) * TURN);
    send(&[server.address], brought, CONNECTIONS, Some(BROUGHT_RATE));
    let at_rate = |turn: &[Vec<u8>]| send(&[server.address], turn, CONNECTIONS, Some(rate()));
    let turns: Vec<Measured> = measured.chunks(TURN).map(at_rate).collect();
    told(ALONE, &server, &turns, figures);
}

/// Delivers the known events to a server that then ends.
fn deliver_known(dunlin: &Path, home: &Home, listed: &Listed) {
    if !listed.known.is_empty() {
        let server = Server::start(dunlin, home, &[PATIENT]);
        deliver(&server, &listed.known, None);
        server.stop();
    }
}

fn deliver(server: &Server, events: &[Event<'static>], rate: Option<f64>) {
    for few in events.chunks(TURN * 10) {
        let bodies = few.iter().map(|event| body(event).unwrap()).collect();
        send(&[server.address], &signed(bodies), CONNECTIONS, rate);
    }
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

/// Returns the targets.
pub(crate) fn targets(figures: &Figures) -> Vec<Target> {
    let beside_alone = |figure: &'static str| Target {
        what: format!("{figure} of webhooks beside a reconciliation, of that alone"),
        bound: Bound::AtMost(1.2),
        measured: figures.ratio((BESIDE, figure), (ALONE, figure)),
    };
    ["p50 ms", "p99 ms", "peak memory, MB"].map(beside_alone).into()
}

impl Listed {
    /// Makes a list of at least `listed` events of the last thirty days, of which `lost`, from all over them, were
    /// never delivered.
    fn at_least(listed: usize, lost: usize) -> Self {
        let events = listed_events(listed);
        let every = (events.len() / lost).max(1);
        let (mut lost, mut known) = (Vec::new(), Vec::new());
        for (nth, event) in events.into_iter().enumerate() {
            let of = if nth % every == 0 { &mut lost } else { &mut known };
            of.push(event);
        }
        Self { known, lost }
    }
}

/// Returns at least this many events of the last thirty days.
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
