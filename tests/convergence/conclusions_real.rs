//! Proof 8 of `docs/convergence.md`, through the real binary: its answers about access agree with the oracle at that
//! moment.

use std::time::Instant;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use simulator::{Expected, Oracle};

use crate::history::{History, NETWORKS};
use crate::real::Play;
use crate::size::{count, first_seed};
use crate::support::{App, Database, now};

const DAY_SECS: i64 = 86_400;

/// Returns real lives that ended within the last weeks, so that time alone may change something now.
fn lives(first: u64, lives: u64) -> Vec<History> {
    let mut random = ChaCha8Rng::seed_from_u64(first);
    let ends = (0..lives)
        .map(|_| now() - random.random_range(60..20 * DAY_SECS))
        .collect::<Vec<_>>();
    let seeds = first..;
    seeds
        .zip(ends)
        .map(|(seed, end)| History::of_real_life_ending_at(seed, end))
        .collect()
}

/// Returns true if the API's answer agrees with the oracle.
fn is_said(shown: &Value, expected: &Expected) -> bool {
    let unix = |value: &Value| {
        let at: Option<jiff::Timestamp> = value.as_str().map(|text| text.parse().unwrap());
        at.map(jiff::Timestamp::as_second)
    };
    let is_now = shown["allowed"] == expected.now.allowed && shown["reason"]["code"] == expected.now.code;
    let is_then = match expected.then {
        None => shown["valid_until"].is_null() && shown["then"].is_null(),
        Some((at, then)) => {
            let is_word = shown["then"]["allowed"] == then.allowed && shown["then"]["reason"]["code"] == then.code;
            unix(&shown["valid_until"]) == Some(at) && is_word
        }
    };
    is_now && is_then
}

#[test]
fn what_the_server_says_of_access_is_what_is_so_at_stripe() {
    let mut all_wrong = Vec::new();
    for (nth, (database, share)) in [(Database::Sqlite, 2), (Database::Postgres, 1)].into_iter().enumerate() {
        let began = Instant::now();
        let count = share * count(110, 1_100);
        let (how, network) = &NETWORKS[nth];
        let first = first_seed() + 1_000 * nth as u64;
        let app = App::spawn_on(database);
        let play = Play::of(first, lives(first, count), network, |_| true);
        play.bind(&app, 0);
        play.send(app.address);
        play.bind(&app, 1);
        let mut wrong = Vec::new();
        for (nth, history) in play.histories.iter().enumerate() {
            let oracle = Oracle::after(&history.events);
            // Time may change something during the request.
            let before = oracle.access_at(now());
            let shown = app.get(&format!("/api/v1/tenants/t{nth}/access")).body;
            let after = oracle.access_at(now());
            if !is_said(&shown, &before) && !is_said(&shown, &after) {
                wrong.push(format!("seed {}: it is {after:?}, not {shown}", first + nth as u64));
            }
        }
        println!(
            "conclusions, {database:?}, {how}: {}, {} wrong, {:.0} s",
            play.describe(),
            wrong.len(),
            began.elapsed().as_secs_f64()
        );
        all_wrong.append(&mut wrong);
    }
    assert!(all_wrong.is_empty(), "{}", all_wrong.join("\n"));
}
