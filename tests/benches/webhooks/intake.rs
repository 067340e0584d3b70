//! The rate of intake, the latency of an answer, and the cost.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use test_support::postgres::Cluster;

use crate::rig::figures::Figures;
use crate::rig::server::{Home, Server};
use crate::rig::spent::Spent;
use crate::rig::traffic::Traffic;
use crate::rig::{API_CONNECTIONS, EASE, count, send, setting};
use crate::share_of;

/// The connections of each run, and its total number of requests.
const RUNS: [(usize, usize); 3] = [(1, 2_000), (32, 20_000), (256, 40_000)];
/// The runs with several instances, and the number of instances.
const RUNS_OF_SEVERAL: [(usize, usize); 2] = [(32, 20_000), (256, 40_000)];
const INSTANCES: usize = 3;
/// The clients of pgbench, and the seconds of each of its runs.
const PGBENCH: ([&str; 4], &str) = (["16", "32", "64", "128"], "5");

pub(crate) const STATEMENTS: &str = "pgbench, statement by statement";
pub(crate) const ONE_STATEMENT: &str = "pgbench, in one statement";

pub(crate) fn on_sqlite(dunlin: &Path, figures: &mut Figures) {
    for (connections, requests) in RUNS.into_iter().filter(is_asked_for) {
        let home = Home::on_sqlite();
        let run = Run {
            what: format!("sqlite, {connections} connections"),
            instances: 1,
            connections,
            requests,
            cluster: None,
        };
        run.measure(dunlin, &home, figures);
    }
}

pub(crate) fn on_postgres(dunlin: &Path, figures: &mut Figures) {
    let cluster = Cluster::start_durable();
    let one = RUNS.map(|run| (1, run));
    let several = RUNS_OF_SEVERAL.map(|run| (INSTANCES, run));
    let runs = one.into_iter().chain(several);
    for (instances, (connections, requests)) in runs.filter(|(_, run)| is_asked_for(run)) {
        let home = Home::at(cluster.new_database());
        let run = Run {
            what: format!("postgresql, {instances} of us, {connections} connections"),
            instances,
            connections,
            requests,
            cluster: Some(&cluster),
        };
        run.measure(dunlin, &home, figures);
    }
    for (what, script) in [(STATEMENTS, "statements.sql"), (ONE_STATEMENT, "one_statement.sql")] {
        let (clients, secs) = PGBENCH;
        let rates = clients.map(|clients| (cluster.pgbench(&limit("schema.sql"), &limit(script), clients, secs), clients));
        let (best, clients) = rates.into_iter().max_by(|(one, _), (other, _)| one.total_cmp(other)).unwrap();
        figures.add(what, "transactions/s", best);
        figures.add(what, "with clients", clients.parse().unwrap());
    }
}

/// Returns true if runs over this many connections are asked for. By default all are.
fn is_asked_for((connections, _): &(usize, usize)) -> bool {
    setting("DUNLIN_BENCH_CONNECTIONS", *connections) == *connections
}

pub(crate) fn limit(file: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/limit")).join(file)
}

struct Run<'a> {
    what: String,
    instances: usize,
    connections: usize,
    requests: usize,
    cluster: Option<&'a Cluster>,
}

impl Run<'_> {
    /// Measures the highest rate of these instances over these connections, and then the latency at an easy rate. Every
    /// customer is bound to a tenant beforehand, so that an event has all its effects.
    fn measure(&self, dunlin: &Path, home: &Home, figures: &mut Figures) {
        let what = self.what.as_str();
        let requests = share_of(self.requests);
        let instances: Vec<Server> = (0..self.instances).map(|_| Server::start(dunlin, home, &[])).collect();
        let servers: Vec<SocketAddr> = instances.iter().map(|instance| instance.address).collect();
        figures.add(what, "memory at rest, MB", instances[0].memory_mb());
        let (hard, easy) = (Traffic::new(requests, 0), Traffic::new(requests / 2, 1));
        for traffic in [&hard, &easy] {
            send(&servers, &traffic.bindings, API_CONNECTIONS, None);
        }
        figures.add(what, "bytes of a body", hard.body_bytes);
        let before = Spent::now(&instances, self.cluster);
        let most = send(&servers, &hard.requests, self.connections, None);
        let spent = Spent::now(&instances, self.cluster).since(before);
        figures.add(what, "events/s", most.per_second());
        figures.add(what, "p50 ms", most.percentile_ms(50.0));
        figures.add(what, "p99 ms", most.percentile_ms(99.0));
        let micros_of_event = |secs: f64| secs * 1_000_000.0 / count(requests);
        figures.add(what, "CPU of the client, µs/event", micros_of_event(spent.client));
        figures.add(what, "CPU of dunlin, µs/event", micros_of_event(spent.dunlin));
        if self.cluster.is_some() {
            figures.add(what, "CPU of PostgreSQL, µs/event", micros_of_event(spent.postgres));
        }
        if self.connections > 1 {
            let rate = most.per_second() * EASE;
            let easy = send(&servers, &easy.requests, self.connections, Some(rate));
            figures.add(what, "p99 ms at 70 %", easy.percentile_ms(99.0));
        }
        let peak = instances.iter().map(Server::peak_memory_mb).fold(0.0, f64::max);
        figures.add(what, "peak memory, MB", peak);
        instances.into_iter().for_each(Server::stop);
        let again = Server::start(dunlin, home, &[]);
        figures.add(what, "start to ready, ms", again.ready_in.as_secs_f64() * 1000.0);
    }
}
