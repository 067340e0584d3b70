//! Growth: compares a database of ten million events and a hundred thousand tenants with an empty one.
//!
//! Run `just bench-large`, or `cargo bench -p acceptance --bench large -- sqlite|postgres` for one of the two. It first
//! makes the large database, which takes some minutes and some twenty gigabytes below `TMPDIR`, and deletes it
//! afterwards. `DUNLIN_BENCH_EVENTS`, `DUNLIN_BENCH_TENANTS` and `DUNLIN_BENCH_ROUNDS` change the sizes, and
//! `DUNLIN_BENCH_REQUESTS` the number of requests that each database gets in a round.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops at what is wrong"
)]

#[path = "../rig/mod.rs"]
mod rig;

mod growth;
mod prune;

use std::path::Path;

use growth::Place;
use rig::figures::{Figures, Target, print_targets};
use rig::server::{Home, folder_mb};
use rig::town::{Size, Town};
use rig::{build, is_asked, setting};
use test_support::postgres::Cluster;

const EVENTS: usize = 10_000_000;
const TENANTS: usize = 100_000;
/// The number of rounds. The median counts.
const ROUNDS: usize = 5;
/// The requests of each kind that each database gets in a round.
const REQUESTS: usize = 40_000;

fn main() {
    let dunlin = build("release");
    let mut figures = Figures::default();
    let mut targets = Vec::new();
    if is_asked("sqlite") {
        let (empty, large) = (Home::on_sqlite(), Home::on_sqlite());
        let size_mb = || folder_mb(large.folder());
        targets.extend(compare("sqlite", &dunlin, [&empty, &large], size_mb, &mut figures));
    }
    if is_asked("postgres") {
        let cluster = Cluster::start_durable();
        let (empty, large) = (Home::at(cluster.new_database()), Home::at(cluster.new_database()));
        let size_mb = || cluster.size_mb(&large.database_url);
        targets.extend(compare("postgresql", &dunlin, [&empty, &large], size_mb, &mut figures));
    }
    figures.print();
    print_targets(&targets);
}

/// Makes one of two empty databases large, and compares them in turns.
fn compare(what: &str, dunlin: &Path, [empty, large]: [&Home; 2], size_mb: impl Fn() -> f64, figures: &mut Figures) -> Vec<Target> {
    let size = Size {
        tenants: setting("DUNLIN_BENCH_TENANTS", TENANTS),
        events: Some(setting("DUNLIN_BENCH_EVENTS", EVENTS)),
    };
    let town = Town::found(dunlin, large, size);
    let whole = format!("{what}, the large database");
    figures.add(&whole, "events", rig::count(town.events));
    figures.add(&whole, "tenants", rig::count(town.tenants.len()));
    figures.add(&whole, "made in, s", town.took.as_secs_f64());
    figures.add(&whole, "size, MB", size_mb());
    let empty = Place {
        what: format!("{what}, empty"),
        home: empty,
        tenants: Vec::new(),
    };
    let large = Place {
        what: format!("{what}, large"),
        home: large,
        tenants: town.tenants,
    };
    let requests = setting("DUNLIN_BENCH_REQUESTS", REQUESTS);
    let rounds = setting("DUNLIN_BENCH_ROUNDS", ROUNDS);
    growth::measure(dunlin, [&empty, &large], rounds, requests, figures);
    prune::measure(dunlin, &large, requests, figures);
    growth::targets(figures, &empty.what, &large.what)
}
