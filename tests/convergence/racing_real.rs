//! Reads that race with deliveries, through the real binary.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use simulator::api::{Endpoint, Fault};
use simulator::{FakeStripe, body};
use stripe_event::Event;

use crate::history::History;
use crate::real::check_tenant;
use crate::rules::governing;
use crate::size::{count, first_seed};
use crate::support::{App, Database, STRIPE_KEY};

/// The number of deliveries in progress at once, and of reads.
const AT_ONCE: u64 = 6;
/// The most places by which a delivery may be away from its event's place.
const DISORDER: usize = 24;

/// The events at Stripe, and the progress through them. No event is delivered before it happened.
struct Unfolding<'a> {
    stripe: &'a FakeStripe,
    events: &'a [Event<'static>],
    furthest: Mutex<usize>,
}

impl Unfolding<'_> {
    fn up_to(&self, nth: usize) {
        let mut furthest = self.furthest.lock().unwrap();
        if nth >= *furthest {
            *furthest = nth;
            self.stripe.set_now_after(&self.events[nth].id);
        }
    }
}

#[test]
fn no_read_through_the_server_that_races_with_deliveries_ends_wrong_and_certain() {
    let half = count(30, 500);
    check_races(Database::Sqlite, first_seed(), half);
    check_races(Database::Postgres, first_seed() + half, half);
}

fn check_races(database: Database, first: u64, lives: u64) {
    let began = Instant::now();
    let histories: Vec<History> = (first..first + lives).map(History::from_seed).collect();
    let mut events: Vec<Event<'static>> = histories.iter().flat_map(|history| history.events.clone()).collect();
    events.sort_by_key(|event| event.created);
    let stripe = FakeStripe::new(false);
    stripe.tell(&events);
    stripe.set_now(events[0].created - 1);
    let (url, _serving) = stripe.serve().unwrap();
    let app = App::spawn_on_with(
        database,
        &[
            STRIPE_KEY,
            ("DUNLIN_STRIPE_API_URL", &url),
            ("DUNLIN_STRIPE_LIVEMODE", "false"),
            ("DUNLIN_RECONCILE_INTERVAL_SECS", "100000"),
        ],
    );
    for (nth, history) in histories.iter().enumerate() {
        assert_eq!(
            app.bind(&format!("t{nth}"), history.events[0].customer().unwrap()).status,
            201
        );
    }
    // While an answer is on its way, other events happen and are delivered.
    stripe
        .faults()
        .always(Endpoint::Subscriptions, Fault::Late(Duration::from_millis(15)));
    let raced = race(&app, &stripe, &events, &tenants(&histories, &events));
    stripe.faults().clear();
    for (nth, history) in histories.iter().enumerate() {
        let shown = app.get(&format!("/api/v1/tenants/t{nth}")).body;
        let truth = history.truth();
        let is_true = shown["subscription_status"] == governing(&truth).unwrap().status.as_str();
        assert!(is_true || shown["certain"] == false, "seed {}: {shown}", first + nth as u64);
    }
    stripe.set_now(events.last().unwrap().created + 60);
    for (nth, history) in histories.iter().enumerate() {
        assert_eq!(app.post(&format!("/api/v1/tenants/t{nth}/sync")).status, 200);
        check_tenant(
            &app,
            nth,
            history,
            &format!("seed {}, t{nth}, read at last", first + nth as u64),
        );
    }
    let (is_right, report) = app.audit();
    assert!(is_right && report.contains("0 differences"), "{report}");
    println!(
        "racing reads, real, {database:?}: {lives} lifecycles, {} events, {raced:?}, 0 wrong and certain, {:.0} s",
        events.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(raced.reads >= 300, "{raced:?}");
    assert!(raced.again > 0 && raced.accepted > 0, "{raced:?}");
}

/// Returns the number of each event's tenant. A dispute names no customer.
fn tenants(histories: &[History], events: &[Event<'static>]) -> Vec<usize> {
    let lived = histories.iter().zip(0..);
    let ids = lived.flat_map(|(history, nth)| history.events.iter().map(move |event| (event.id.as_ref(), nth)));
    let nth: BTreeMap<&str, usize> = ids.collect();
    events.iter().map(|event| nth[event.id.as_ref()]).collect()
}

/// The outcomes of reads while everything was being delivered.
#[derive(Clone, Copy, Debug)]
struct Raced {
    reads: u64,
    accepted: u64,
    again: u64,
}

fn race(app: &App, stripe: &FakeStripe, events: &[Event<'static>], tenant_of: &[usize]) -> Raced {
    let bodies: Vec<Vec<u8>> = events.iter().map(|event| body(event).unwrap()).collect();
    let mut order: Vec<usize> = (0..events.len()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(first_seed());
    order.chunks_mut(DISORDER).for_each(|chunk| chunk.shuffle(&mut random));
    let unfolding = Unfolding {
        stripe,
        events,
        furthest: Mutex::new(0),
    };
    let (next, delivering) = (AtomicUsize::new(0), AtomicU64::new(AT_ONCE));
    let is_over = AtomicBool::new(false);
    let sums = [const { AtomicU64::new(0) }; 3];
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(&nth) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    unfolding.up_to(nth);
                    assert_eq!(app.deliver(&bodies[nth]).status, 200);
                }
                if delivering.fetch_sub(1, Ordering::Relaxed) == 1 {
                    is_over.store(true, Ordering::Relaxed);
                }
            });
        }
        for reader in 0..AT_ONCE {
            let (is_over, sums, next, tenant_of) = (&is_over, &sums, &next, &tenant_of);
            scope.spawn(move || {
                let mut random = ChaCha8Rng::seed_from_u64(reader);
                while !is_over.load(Ordering::Relaxed) {
                    // The customer of about the current event is read, because its events are on their way.
                    let about = next.load(Ordering::Relaxed) + random.random_range(0..DISORDER);
                    let tenant = tenant_of[about.min(tenant_of.len() - 1)];
                    let synced = app.post(&format!("/api/v1/tenants/t{tenant}/sync"));
                    // A customer that does not exist yet cannot be asked about.
                    for (sum, name) in sums.iter().zip(["read", "accepted", "again"]) {
                        sum.fetch_add(synced.body[name].as_u64().unwrap_or_default(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let [reads, accepted, again] = sums.map(AtomicU64::into_inner);
    Raced { reads, accepted, again }
}
