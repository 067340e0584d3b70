//! Proof through the real binary that asking finds undelivered events: every tenant ends in the truth, each loss is
//! reported as drift, and nobody gets a mail about something long over.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Instant;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use simulator::{FakeStripe, Network, Order};
use sqlx::Connection;
use stripe_event::Event;

use crate::history::History;
use crate::real::{Play, check_tenant};
use crate::size::{count, first_seed};
use crate::support::Database::{Postgres, Sqlite};
use crate::support::{App, Database, now};

const HOUR_SECS: i64 = 3_600;
const DAY_SECS: i64 = 24 * HOUR_SECS;
/// The age, in seconds, from which something is no longer news, by default.
const LATE_SECS: i64 = DAY_SECS;
/// The age of the oldest event that Stripe lists, in seconds.
const LISTED_SECS: i64 = 30 * DAY_SECS;

/// Returns lives that ended within the last days, but before everything that is news.
fn lives(first: u64, count: u64, now: i64) -> Vec<History> {
    let mut random = ChaCha8Rng::seed_from_u64(first);
    let ends = |_| now - LATE_SECS - HOUR_SECS - random.random_range(0..3 * DAY_SECS);
    (0..count)
        .map(ends)
        .collect::<Vec<_>>()
        .into_iter()
        .zip(first..)
        .map(|(end, seed)| History::ending_at(seed, end))
        .collect()
}

/// Marks all events as received when they happened, so that the server seems to predate all of them.
fn has_long_been_there(app: &App) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = app.database_url();
        let earlier = "UPDATE stripe_event SET received_at = created * 1000000 - 400 * 86400000000";
        if url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
            sqlx::raw_sql(earlier).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql(earlier).execute(&mut connection).await.unwrap();
        }
    });
}

/// Returns the notices by their keys.
fn notices(app: &App) -> BTreeMap<String, Value> {
    let all = app.all("/api/v1/notices").into_iter();
    all.map(|notice| (notice["dedupe_key"].as_str().unwrap().to_owned(), notice))
        .collect()
}

/// Returns true if Stripe listed an event when it was asked, at some time between two moments. Returns `None` for an
/// event that it stopped listing between them.
fn is_listed(event: &Event<'_>, asked: &RangeInclusive<i64>) -> Option<bool> {
    let at_first = event.created > asked.start() - LISTED_SECS;
    let at_last = event.created > asked.end() - LISTED_SECS;
    (at_first == at_last).then_some(at_last)
}

/// Checks that the lost events that Stripe still lists are reported, and no others. An event that tells nothing of what
/// is kept cannot make anything wrong, and need not be reported.
fn each_loss_is_told(what: &str, play: &Play, told: &BTreeSet<&str>, lost: &BTreeSet<String>, asked: &RangeInclusive<i64>) {
    let mut differing = Vec::new();
    for history in &play.histories {
        for (nth, (event, facts)) in history.events.iter().zip(&history.facts).enumerate() {
            let id = event.id.as_ref();
            let Some(is_listed) = is_listed(event, asked) else {
                continue;
            };
            let is_missed = is_listed && !facts.is_empty() && lost.contains(id);
            match (told.contains(id), is_missed) {
                (true, false) => differing.push(format!("told and not missed {}", history.describe(nth))),
                (false, true) => differing.push(format!("missed and not told {}", history.describe(nth))),
                (true, true) | (false, false) => {}
            }
        }
    }
    assert!(
        differing.is_empty(),
        "{what}: {} of {} lost\n{}",
        differing.len(),
        lost.len(),
        differing.join("\n")
    );
}

fn ends_in_truth(database: Database, what: &str, first: u64, is_lost: impl Fn(&Event<'_>, &mut ChaCha8Rng, i64) -> bool) {
    let began = Instant::now();
    let beginning = now();
    let histories = lives(first, quarter(), beginning);
    let mut random = ChaCha8Rng::seed_from_u64(first ^ 0x1057);
    let events = histories.iter().flat_map(|history| &history.events);
    let lost: BTreeSet<String> = events
        .filter(|event| is_lost(event, &mut random, beginning))
        .map(|event| event.id.to_string())
        .collect();
    let stripe = FakeStripe::new(false);
    for history in &histories {
        stripe.tell(&history.events);
    }
    let (url, _serving) = stripe.serve().unwrap();
    let network = Network {
        order: Order::Shuffled,
        duplicates: 0.2,
        losses: 0.0,
    };
    let play = Play::of(first, histories, &network, |event| !lost.contains(event.id.as_ref()));
    let app = App::spawn_on_with(database, &[("DUNLIN_STRIPE_LIVEMODE", "false")]);
    play.bind(&app, 0);
    play.bind(&app, 1);
    play.send(app.address);
    has_long_been_there(&app);
    let before = notices(&app);

    let asked_from = now();
    let (ran, said) = app.reconcile(&url, &[]);
    assert!(ran, "{what}: {said}");
    let asked = asked_from..=now();

    for (nth, history) in play.histories.iter().enumerate() {
        check_tenant(&app, nth, history, &format!("{what}, seed {}, t{nth}", first + nth as u64));
    }
    let drift = app.all("/api/v1/drift");
    let told: BTreeSet<&str> = drift.iter().filter_map(|drift| drift["event_id"].as_str()).collect();
    each_loss_is_told(what, &play, &told, &lost, &asked);
    let after = notices(&app);
    assert!(
        !told.is_empty() || lost.is_empty(),
        "{what}: nothing that is still listed was lost"
    );
    let late = no_stale_mail_is_sent(what, &before, &after);
    let (is_right, report) = app.audit();
    assert!(is_right && report.contains("0 differences"), "{what}: {report}");
    let (ran, said) = app.reconcile(&url, &[]);
    assert!(ran && said.contains("Nothing was wrong."), "{what}: {said}");
    println!(
        "lost, real, {database:?}, {what}: {}, {} lost, {} drift of them {} by event, {late} notices too late to be sent, 0 differences, {:.0} s",
        play.describe(),
        lost.len(),
        drift.len(),
        told.len(),
        began.elapsed().as_secs_f64()
    );
}

/// Checks that no notice owed by asking is sent or waits to be sent, because all of it is old. Returns their number.
fn no_stale_mail_is_sent(what: &str, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> usize {
    let owed: Vec<&Value> = after
        .iter()
        .filter(|(key, _)| !before.contains_key(*key))
        .map(|(_, notice)| notice)
        .collect();
    let stale: Vec<_> = owed.iter().filter(|notice| notice["state"] != "superseded").collect();
    assert!(stale.is_empty(), "{what}: {stale:#?}");
    owed.len()
}

/// Returns a quarter of the number of lives, for each way of losing.
fn quarter() -> u64 {
    count(75, 1_250)
}

#[test]
fn one_in_a_hundred_lost_ends_in_truth() {
    ends_in_truth(Sqlite, "1 % lost", first_seed(), |_, random, _| random.random_bool(0.01));
}

#[test]
fn one_in_ten_lost_ends_in_truth() {
    ends_in_truth(Postgres, "10 % lost", first_seed() + 10_000, |_, random, _| {
        random.random_bool(0.1)
    });
}

#[test]
fn three_in_ten_lost_end_in_truth() {
    ends_in_truth(Sqlite, "30 % lost", first_seed() + 20_000, |_, random, _| {
        random.random_bool(0.3)
    });
}

#[test]
fn disabled_five_days_ends_in_truth() {
    let what = "everything lost for five days";
    ends_in_truth(Postgres, what, first_seed() + 30_000, |event, _, now| {
        event.created > now - 5 * DAY_SECS
    });
}
