//! Proof 3 of `docs/convergence.md`: crashes lose nothing. The server is killed at random moments and at named points,
//! and deliveries without an answer are repeated.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use test_support::haproxy::Haproxy;
use test_support::postgres::Cluster;

use crate::history::NETWORKS;
use crate::real::Play;
use crate::size::{count, first_seed};
use crate::support::{App, Database};

/// The points of death: around the insert, around the commit, and after everything but the answer.
const POINTS: [&str; 5] = [
    "post::before_insert",
    "post::after_insert",
    "post::before_commit",
    "post::after_commit",
    "webhook::before_answer",
];

/// The number of deaths at each point.
type Kills = BTreeMap<&'static str, u64>;

/// Lets the server live for a while and then kills it, until all is delivered.
fn keep_killing(app: &mut App, random: &mut ChaCha8Rng, kills: &mut Kills, is_over: &AtomicBool) {
    app.kill();
    while !is_over.load(Ordering::Relaxed) {
        // Both kinds of death are equally frequent.
        let point = POINTS.get(random.random_range(0..2 * POINTS.len())).copied();
        let moment = Duration::from_millis(random.random_range(20..400));
        let times = random.random_range(0..25);
        let plan = point.map(|point| format!("{point}={times}"));
        app.restart_with(&[("CRASH_POINT", plan.as_deref().unwrap_or_default())]);
        let patience = if point.is_some() { Duration::from_secs(3) } else { moment };
        let died_by_itself = app.has_ended_within(patience);
        if !died_by_itself {
            app.kill();
        }
        let at = point.filter(|_| died_by_itself).unwrap_or("a random moment");
        *kills.entry(at).or_default() += 1;
    }
    app.restart_with(&[]);
}

#[test]
fn killed_again_and_again_the_server_still_ends_in_truth() {
    check_killed(Database::Sqlite, count(20, 500));
}

#[test]
fn killed_again_and_again_on_postgresql_the_server_still_ends_in_truth() {
    check_killed(Database::Postgres, count(20, 500));
}

fn check_killed(database: Database, wanted: u64) {
    let lives = count(30, 100);
    let began = Instant::now();
    let mut app = App::spawn_with_crash_points(database);
    let mut random = ChaCha8Rng::seed_from_u64(first_seed());
    let mut kills = Kills::new();
    let (mut again, mut rounds) = (0, 0);
    // Each round has its own customers and tenants, and a fresh database.
    while kills.values().sum::<u64>() < wanted || kills.len() <= POINTS.len() {
        if rounds > 0 {
            app = App::spawn_with_crash_points(database);
        }
        let (_, network) = &NETWORKS[usize::try_from(rounds % 2).unwrap()];
        let play = Play::new(first_seed() + rounds * lives, lives, network);
        play.bind(&app, 0);
        let address = app.address;
        let is_over = AtomicBool::new(false);
        let played = std::thread::scope(|scope| {
            scope.spawn(|| keep_killing(&mut app, &mut random, &mut kills, &is_over));
            let played = play.send(address);
            is_over.store(true, Ordering::Relaxed);
            played
        });
        play.bind(&app, 1);
        play.check(&app);
        again += played.failed;
        rounds += 1;
    }
    println!(
        "crash, {database:?}: seeds {}..{}, {} kills ({kills:?}), {again} deliveries sent again, 0 differences, audit clean, {:.0} s",
        first_seed(),
        first_seed() + rounds * lives,
        kills.values().sum::<u64>(),
        began.elapsed().as_secs_f64()
    );
}

/// Lets the database server crash and come back every few seconds, under three instances.
#[test]
fn while_postgresql_crashes_again_and_again_three_instances_still_end_in_truth() {
    let wanted = count(10, 200);
    let lives = count(30, 100);
    let began = Instant::now();
    // The cluster is the test's own, because others would crash with it.
    let cluster = Cluster::start();
    let mut random = ChaCha8Rng::seed_from_u64(first_seed());
    let (mut crashes, mut again, mut rounds) = (0, 0, 0);
    while crashes < wanted {
        let app = App::spawn_on_url(&cluster.new_database());
        let others = [app.spawn_beside(), app.spawn_beside()];
        let balancer = Haproxy::start(&[app.address, others[0].address, others[1].address]);
        let (_, network) = &NETWORKS[usize::try_from(rounds % 2).unwrap()];
        let play = Play::new(first_seed() + rounds * lives, lives, network);
        play.bind(&app, 0);
        let is_over = AtomicBool::new(false);
        let played = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(random.random_range(100..1_500)));
                    cluster.crash();
                    crashes += 1;
                }
            });
            let played = play.send(balancer.address);
            is_over.store(true, Ordering::Relaxed);
            played
        });
        play.bind(&app, 1);
        play.check(&app);
        again += played.failed;
        rounds += 1;
    }
    println!(
        "crashes of PostgreSQL: seeds {}..{}, {crashes} crashes, {again} deliveries sent again, 0 differences, audit clean, {:.0} s",
        first_seed(),
        first_seed() + rounds * lives,
        began.elapsed().as_secs_f64()
    );
}
