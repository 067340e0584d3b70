//! Proof 2 of `docs/convergence.md`: the same lifecycles through the real binary, over HTTP, with signatures. They run
//! on SQLite, and through three instances behind a balancer on one PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde_json::Value;
use simulator::{Delivery, Network, Played, Player, body};
use stripe_event::{Event, Subscription};
use stripe_signature::Secret;
use subscription::UnixSeconds;
use subscription::notices::Notice;
use test_support::haproxy::Haproxy;

use crate::history::{History, NETWORKS};
use crate::rules::{InOrder, governing, last_canceled};
use crate::size::{count, first_seed};
use crate::support::{App, Database, SECRET};

/// Several customers' histories, and the deliveries of all their events.
pub(crate) struct Play {
    first_seed: u64,
    pub(crate) histories: Vec<History>,
    bodies: Vec<Vec<u8>>,
    deliveries: Vec<Delivery>,
}

impl Play {
    pub(crate) fn new(first_seed: u64, lives: u64, network: &Network) -> Self {
        let histories = (0..lives).map(|nth| History::from_seed(first_seed + nth)).collect();
        Self::of(first_seed, histories, network, |_| true)
    }

    /// Makes a play of these histories in which only the events that reach Dunlin are ever delivered.
    pub(crate) fn of(first_seed: u64, histories: Vec<History>, network: &Network, reaches_us: impl Fn(&Event<'_>) -> bool) -> Self {
        let mut events: Vec<Event<'static>> = histories.iter().flat_map(|history| history.events.clone()).collect();
        events.retain(|event| reaches_us(event));
        events.sort_by_key(|event| event.created);
        let mut random = ChaCha8Rng::seed_from_u64(first_seed);
        Self {
            first_seed,
            deliveries: network.deliver(&events, &mut random),
            bodies: events.iter().map(|event| body(event).unwrap()).collect(),
            histories,
        }
    }

    /// Returns the ids of the events that are delivered at all.
    pub(crate) fn delivered(&self) -> BTreeSet<String> {
        let ids = self.deliveries.iter().map(|delivery| {
            let event: Value = serde_json::from_slice(&self.bodies[delivery.event]).unwrap();
            event["id"].as_str().unwrap().to_owned()
        });
        ids.collect()
    }

    /// Binds the tenants of this parity to their customers.
    pub(crate) fn bind(&self, app: &App, parity: usize) {
        for (nth, history) in self.histories.iter().enumerate().filter(|(nth, _)| nth % 2 == parity) {
            let customer = history.events[0].customer().unwrap();
            assert_eq!(app.bind(&format!("t{nth}"), customer).status, 201);
        }
    }

    /// Sends everything over sixteen connections at once, until it is taken.
    pub(crate) fn send(&self, address: std::net::SocketAddr) -> Played {
        let player = Player {
            url: format!("http://{address}/api/v1/stripe/webhook"),
            secret: Secret::parse(SECRET).unwrap(),
            connections: 16,
            patience: Duration::from_mins(1),
        };
        player.play(&self.bodies, &self.deliveries).unwrap()
    }

    /// Checks the tenants bound before (of the first parity) with their notices, and all others. Returns the number of
    /// notices.
    pub(crate) fn check(&self, app: &App) -> usize {
        let notices = notices(app);
        let mut owed = 0;
        for (nth, history) in self.histories.iter().enumerate() {
            let which = format!("seed {}, tenant t{nth}", self.first_seed + nth as u64);
            check_tenant(app, nth, history, &which);
            if nth % 2 == 0 {
                let notices = notices.get(&format!("t{nth}")).cloned().unwrap_or_default();
                check_notices(&notices, history, &which);
                owed += notices.len();
            }
        }
        let (is_right, report) = app.audit();
        assert!(is_right, "seeds {}..: {report}", self.first_seed);
        assert!(report.contains("0 differences"), "{report}");
        owed
    }

    pub(crate) fn describe(&self) -> String {
        format!(
            "seeds {}..{}, {} events, {} deliveries",
            self.first_seed,
            self.first_seed + self.histories.len() as u64,
            self.bodies.len(),
            self.deliveries.len()
        )
    }
}

/// Checks that the API agrees with Stripe's truth.
pub(crate) fn check_tenant(app: &App, nth: usize, history: &History, which: &str) {
    let tenant = app.get(&format!("/api/v1/tenants/t{nth}")).body;
    let access = app.get(&format!("/api/v1/tenants/t{nth}/access")).body;
    let truth = history.truth();
    let told = governing(&truth).expect("every customer subscribes");
    assert_eq!(tenant["stripe_subscription_id"], told.id.as_ref(), "{which}");
    assert_eq!(tenant["subscription_status"], told.status.as_str(), "{which}");
    assert_eq!(tenant["certain"], true, "{which}");
    assert_eq!(tenant["gap"], false, "{which}");
    // Access may rest on another subscription by now.
    let mut shown = access["subscriptions"]
        .as_array()
        .unwrap()
        .iter()
        .chain([&access["subscription"]]);
    let shown = shown.find(|shown| shown["id"] == told.id.as_ref());
    if let Some(shown) = shown {
        check_times(shown, told, which);
    }
    assert_eq!(unix(&tenant["trial_end"]), told.trial_end, "{which}");
}

fn check_times(shown: &Value, told: &Subscription<'_>, which: &str) {
    for (name, wanted) in [
        ("trial_end", told.trial_end),
        ("cancel_at", told.cancel_at),
        ("current_period_end", told.current_period_end),
    ] {
        assert_eq!(unix(&shown[name]), wanted, "{which}, {name}");
    }
    assert_eq!(shown["cancel_at_period_end"], told.cancel_at_period_end, "{which}");
}

fn unix(rfc3339: &Value) -> Option<i64> {
    let moment: jiff::Timestamp = rfc3339.as_str()?.parse().unwrap();
    Some(moment.as_second())
}

/// Returns the notices of each tenant, as stored, including repetitions.
fn notices(app: &App) -> BTreeMap<String, Vec<Notice>> {
    let mut found: BTreeMap<String, Vec<Notice>> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = app.get(&format!("/api/v1/notices?limit=200{cursor}")).body;
        for notice in page["data"].as_array().unwrap() {
            let Some(tenant) = notice["tenant_id"].as_str().filter(|tenant| !tenant.is_empty()) else {
                // This is a dispute that came before its payment.
                assert_eq!(notice["kind"], "dispute_alert", "{notice}");
                continue;
            };
            // The format is test:<account>:<tenant>:<the notice's own key>.
            let key = notice["dedupe_key"].as_str().unwrap();
            let own = key.strip_prefix(&format!("test::{tenant}:")).expect("a key of this tenant");
            let told: Notice = serde_json::from_value(notice["notice"].clone()).unwrap();
            assert_eq!(told.key(), own);
            found.entry(tenant.to_owned()).or_default().push(told);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Checks that there is one notice per key, that every notice still to be sent would also be owed in true order, and
/// that the end of the last subscription is told.
fn check_notices(notices: &[Notice], history: &History, which: &str) {
    let distinct: BTreeSet<String> = notices.iter().map(Notice::key).collect();
    assert_eq!(
        distinct.len(),
        notices.len(),
        "{which}: a notice is there twice: {distinct:?}"
    );
    let truth = history.truth();
    let in_order = InOrder::of(history);
    // The second half of the events may have superseded a notice that the first half owed.
    let last = UnixSeconds::new(history.events.last().map_or(0, |event| event.created));
    let is_to_be_sent = |notice: &&Notice| notice.takes_back().is_none() && in_order.standing.still_owes(notice, last).is_ok();
    // Notices that fall due by time follow the server's own clock, in any order.
    let due = in_order.standing.due_between(UnixSeconds::new(0), last);
    let falls_due: BTreeSet<String> = due.iter().map(Notice::key).collect();
    for key in notices.iter().filter(is_to_be_sent).map(Notice::key) {
        let is_owed = in_order.owes(&key) || falls_due.contains(&key);
        assert!(is_owed, "{which}: {key} would not be owed in true order");
    }
    for (id, is_closed) in &truth.disputes {
        let stage = if *is_closed { "closed" } else { "opened" };
        let key = format!("dispute_alert:{id}:{stage}");
        assert!(distinct.contains(&key), "{which}: {key} is not owed");
    }
    if let Some(id) = last_canceled(&truth) {
        for kind in ["subscription_canceled", "churn_alert"] {
            assert!(
                distinct.contains(&format!("{kind}:{id}")),
                "{which}: {kind} of {id} is not owed"
            );
        }
    }
}

/// Plays these lives to the instances of a server behind this address, and checks that all end in the truth.
fn check_ends_in_truth(what: &str, app: &App, address: std::net::SocketAddr, play: &Play) {
    let began = Instant::now();
    play.bind(app, 0);
    let played = play.send(address);
    play.bind(app, 1);
    let owed = play.check(app);
    assert_eq!(played.failed, 0, "every delivery was taken at once");
    println!(
        "real, {what}: {}, {owed} notices, 0 differences, audit clean, {:.0} s",
        play.describe(),
        began.elapsed().as_secs_f64()
    );
}

#[test]
fn the_server_ends_in_truth_whatever_is_delivered_from_sixteen_connections_at_once() {
    let lives = count(150, 2_500);
    for (nth, (how, network)) in NETWORKS.iter().enumerate() {
        let app = App::spawn_on(Database::Sqlite);
        let play = Play::new(first_seed() + lives * nth as u64, lives, network);
        check_ends_in_truth(how, &app, app.address, &play);
    }
}

#[test]
fn what_is_folded_away_once_all_has_arrived_leaves_the_truth() {
    let lives = count(40, 1_000);
    for database in [Database::Sqlite, Database::Postgres] {
        let app = App::spawn_on(database);
        let play = Play::new(first_seed(), lives, &NETWORKS[0].1);
        play.bind(&app, 0);
        play.send(app.address);
        let pruned = app.prune();
        assert!(!pruned.contains(" 0 facts"), "these lives are of the past: {pruned}");
        play.bind(&app, 1);
        play.check(&app);
        println!("real, {database:?}: {}, {}", play.describe(), pruned.trim());
    }
}

#[test]
fn three_instances_behind_a_balancer_on_one_postgresql_end_in_truth() {
    let lives = count(50, 1_000);
    for (nth, (how, network)) in NETWORKS.iter().enumerate() {
        let app = App::spawn_on(Database::Postgres);
        let others = [app.spawn_beside(), app.spawn_beside()];
        let balancer = Haproxy::start(&[app.address, others[0].address, others[1].address]);
        let play = Play::new(first_seed() + lives * nth as u64, lives, network);
        check_ends_in_truth(&format!("three instances, {how}"), &app, balancer.address, &play);
        for (which, instance) in [&app, &others[0], &others[1]].into_iter().enumerate() {
            assert!(instance.log().contains("event posted"), "instance {which} took part");
        }
    }
}
