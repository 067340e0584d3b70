//! The rate of access decisions on a database with many tenants.

use std::path::Path;

use test_support::postgres::Cluster;

use crate::rig::figures::Figures;
use crate::rig::server::{Home, Server};
use crate::rig::spent::Spent;
use crate::rig::town::{Size, Town};
use crate::rig::traffic::questions;
use crate::rig::{API_CONNECTIONS, EASE, count, send};
use crate::share_of;

/// The tenants asked about, and the number of questions.
const TENANTS: usize = 100_000;
const QUESTIONS: usize = 100_000;

/// The target in answers a second, and the latency at that rate.
pub(crate) const TARGET: f64 = 20_000.0;
pub(crate) const AT_TARGET: &str = "p99 ms at 20,000/s";

pub(crate) const ON_SQLITE: &str = "access, sqlite";
pub(crate) const ON_POSTGRES: &str = "access, postgresql";

pub(crate) fn measure(dunlin: &Path, rounds: usize, figures: &mut Figures) {
    on(ON_SQLITE, dunlin, &Home::on_sqlite(), None, rounds, figures);
    let cluster = Cluster::start_durable();
    let home = Home::at(cluster.new_database());
    on(ON_POSTGRES, dunlin, &home, Some(&cluster), rounds, figures);
}

fn on(what: &str, dunlin: &Path, home: &Home, cluster: Option<&Cluster>, rounds: usize, figures: &mut Figures) {
    let size = Size {
        tenants: share_of(TENANTS),
        events: None,
    };
    let town = Town::found(dunlin, home, size);
    figures.add(what, "tenants", count(town.tenants.len()));
    let server = [Server::start(dunlin, home, &[])];
    let address = [server[0].address];
    let asked = questions(&town.tenants, share_of(QUESTIONS));
    for _ in 0..rounds {
        let before = Spent::now(&server, cluster);
        let most = send(&address, &asked, API_CONNECTIONS, None);
        let spent = Spent::now(&server, cluster).since(before);
        figures.add(what, "answers/s", most.per_second());
        let micros_of_answer = |secs: f64| secs * 1_000_000.0 / count(asked.len());
        figures.add(what, "CPU of the client, µs/answer", micros_of_answer(spent.client));
        figures.add(what, "CPU of dunlin, µs/answer", micros_of_answer(spent.dunlin));
        if cluster.is_some() {
            figures.add(what, "CPU of PostgreSQL, µs/answer", micros_of_answer(spent.postgres));
        }
        for (figure, rate) in [("p99 ms at 70 %", most.per_second() * EASE), (AT_TARGET, TARGET)] {
            let easy = send(&address, &asked[..asked.len() / 2], API_CONNECTIONS, Some(rate));
            figures.add(what, figure, easy.percentile_ms(99.0));
        }
    }
}
