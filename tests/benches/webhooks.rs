//! Webhooks a second through the real server: signed events over keep-alive connections, each answered after a durable
//! commit; on SQLite and on PostgreSQL, and beside them what PostgreSQL itself can do event by event.
//!
//! `just bench`; or `cargo bench -p acceptance -- sqlite|postgres|access|mail` for a part. Compare figures of one run only,
//! for machines are noisy: everything is done in rounds, and medians and their ratios are what counts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops at what is wrong"
)]

#[path = "../support/cargo.rs"]
mod cargo;
#[path = "../support/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use postgres::Cluster;
use simulator::{Lifecycle, Load, Measured, body};
use stripe_signature::{Secret, sign};

const SECRET: &str = "whsec_bench";
const KEY: &str = "bench-key-0123456789";
/// Rounds; the median is what counts.
const ROUNDS: usize = 3;
/// Connections, and how many requests to send over them in all.
const RUNS: [(usize, usize); 3] = [(1, 2_000), (32, 20_000), (256, 40_000)];
/// The share of the highest rate at which latency is looked at.
const EASE: f64 = 0.7;
/// One request in so many is an event that was sent before.
const REDELIVERED: usize = 20;
/// Tenants that access is asked about, and how many questions.
const ACCESS: (usize, usize) = (100_000, 100_000);
/// Clients of pgbench, and seconds that each of its runs takes.
const PGBENCH: ([&str; 3], &str) = (["16", "32", "64"], "5");

fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let is_asked = |part: &str| asked.is_empty() || asked.iter().any(|asked| asked == part);
    let dunlin = build();
    let mut figures = Figures::default();
    for _ in 0..ROUNDS {
        if is_asked("sqlite") {
            on_sqlite(&dunlin, &mut figures);
        }
        if is_asked("postgres") {
            on_postgres(&dunlin, &mut figures);
        }
    }
    if is_asked("access") {
        access(&dunlin, &mut figures);
    }
    figures.print();
    if is_asked("mail") {
        compare_with_mail(&dunlin);
    }
}

/// Figures by name, one a round.
#[derive(Default)]
struct Figures(BTreeMap<String, Vec<f64>>);

impl Figures {
    fn add(&mut self, name: &str, figure: f64) {
        println!("{name:<58} {figure:>10.2}");
        self.0.entry(name.to_owned()).or_default().push(figure);
    }

    fn median(&self, name: &str) -> Option<f64> {
        let mut figures = self.0.get(name)?.clone();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied()
    }

    fn print(&self) {
        println!("\nmedians of {ROUNDS} rounds");
        for name in self.0.keys() {
            println!("{name:<58} {:>10.2}", self.median(name).unwrap_or_default());
        }
        for (name, limit) in [("statement by statement", STATEMENTS), ("in one statement", ONE_STATEMENT)] {
            for connections in ["32", "256"] {
                let ours = self.median(&format!("postgresql, 1 instance, {connections} connections: events/s"));
                if let (Some(ours), Some(limit)) = (ours, self.median(limit)) {
                    println!("postgresql, {connections} connections / pgbench {name}: {:.2}", ours / limit);
                }
            }
        }
    }
}

fn on_sqlite(dunlin: &Path, figures: &mut Figures) {
    for (connections, count) in RUNS {
        let home = Home::on_sqlite();
        measure("sqlite", dunlin, &home, 1, connections, count, figures);
    }
}

const STATEMENTS: &str = "pgbench, statement by statement: transactions/s";
const ONE_STATEMENT: &str = "pgbench, in one statement: transactions/s";

fn on_postgres(dunlin: &Path, figures: &mut Figures) {
    let cluster = Cluster::start_durable();
    for (connections, count) in RUNS {
        let home = Home::at(cluster.new_database());
        measure("postgresql, 1 instance", dunlin, &home, 1, connections, count, figures);
    }
    let home = Home::at(cluster.new_database());
    measure("postgresql, 3 instances", dunlin, &home, 3, 256, 40_000, figures);
    for (name, script) in [(STATEMENTS, "statements.sql"), (ONE_STATEMENT, "one_statement.sql")] {
        let (clients, secs) = PGBENCH;
        let best = clients.map(|clients| cluster.pgbench(&limit("schema.sql"), &limit(script), clients, secs));
        figures.add(name, best.into_iter().fold(0.0, f64::max));
    }
}

fn limit(file: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/limit")).join(file)
}

/// The most that so many instances take over so many connections; then, at an easy rate, how long an answer takes.
fn measure(what: &str, dunlin: &Path, home: &Home, instances: usize, connections: usize, count: usize, figures: &mut Figures) {
    let instances: Vec<Server> = (0..instances).map(|_| Server::start(dunlin, home, &[])).collect();
    let servers: Vec<SocketAddr> = instances.iter().map(|instance| instance.address).collect();
    let name = |figure: &str| format!("{what}, {connections} connections: {figure}");
    let most = send(&servers, &requests(count, 0), connections, None);
    figures.add(&name("events/s"), most.per_second());
    figures.add(&name("p99 ms"), most.percentile_ms(99.0));
    if connections > 1 {
        let rate = most.per_second() * EASE;
        let easy = send(&servers, &requests(count / 2, 1), connections, Some(rate));
        figures.add(&name("p99 ms at 70 %"), easy.percentile_ms(99.0));
    }
    figures.add(&name("memory MB of an instance"), instances[0].rss_mb());
    figures.add(&name("start to ready, ms"), instances[0].started_in.as_secs_f64() * 1000.0);
}

fn send(servers: &[SocketAddr], requests: &[Vec<u8>], connections: usize, rate: Option<f64>) -> Measured {
    let load = Load {
        servers,
        requests,
        connections,
        rate,
    };
    load.run().unwrap()
}

/// How fast access is decided on a database with many tenants.
fn access(dunlin: &Path, figures: &mut Figures) {
    let (tenants, questions) = ACCESS;
    let home = Home::on_sqlite();
    let server = Server::start(dunlin, &home, &[]);
    let bindings: Vec<Vec<u8>> = (0..tenants).map(|n| binding(n, &format!("cus_{n}"))).collect();
    send(&[server.address], &bindings, 64, None);
    let ask = |n: usize| {
        let tenant = n * 7919 % tenants;
        let head = format!("GET /api/v1/tenants/t{tenant}/access HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\n\r\n");
        head.into_bytes()
    };
    let asked: Vec<Vec<u8>> = (0..questions).map(ask).collect();
    for _ in 0..ROUNDS {
        let most = send(&[server.address], &asked, 64, None);
        figures.add("access, sqlite, 100,000 tenants: answers/s", most.per_second());
        let easy = send(&[server.address], &asked[..questions / 2], 64, Some(most.per_second() * EASE));
        figures.add("access, sqlite, 100,000 tenants: p99 ms at 70 %", easy.percentile_ms(99.0));
    }
}

/// With mail: connections, events, and rounds, each with a server without mail and one whose mail server hangs.
const WITH_MAIL: (usize, usize, usize) = (32, 8_000, 5);
/// Requests that one of two servers is sent before it is the other's turn.
const TURN: usize = 400;

/// Latency of webhooks for bound tenants, whose notices a mail server that never says a word keeps waiting: against the same
/// without mail. Both servers run at once and are sent to in short turns, so that whatever else the machine does hits both.
fn compare_with_mail(dunlin: &Path) {
    let (connections, events, rounds) = WITH_MAIL;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    std::thread::spawn(move || silent.incoming().collect::<Vec<_>>());
    let without_mail = [("DUNLIN_MAIL_HOLD_SECS", "0")];
    let with_mail = [
        ("DUNLIN_SMTP_URL", url.as_str()),
        ("DUNLIN_MAIL_FROM", "bench@acme.example"),
        ("DUNLIN_MAIL_ADMIN", "admin@acme.example"),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
    ];
    println!("\n{:>20} {:>20} {:>8}", "p99 ms without mail", "mail server hangs", "ratio");
    let mut ratios = Vec::new();
    for _ in 0..rounds {
        let requests = requests(events, 0);
        let homes = [Home::on_sqlite(), Home::on_sqlite()];
        let servers = [
            Server::start(dunlin, &homes[0], &without_mail),
            Server::start(dunlin, &homes[1], &with_mail),
        ];
        let mut latencies = servers.each_ref().map(|server| {
            let bindings: Vec<Vec<u8>> = customers(events, 0)
                .iter()
                .enumerate()
                .map(|(n, id)| binding(n, id))
                .collect();
            send(&[server.address], &bindings, connections, None).latencies
        });
        latencies.iter_mut().for_each(hdrhistogram::Histogram::reset);
        for turn in requests.chunks(TURN) {
            for (server, latencies) in servers.iter().zip(&mut latencies) {
                let measured = send(&[server.address], turn, connections, None);
                latencies.add(measured.latencies).unwrap();
            }
        }
        let [without, hanging] =
            latencies.map(|latencies| f64::from(u32::try_from(latencies.value_at_quantile(0.99)).unwrap()) / 1000.0);
        println!("{without:>20.2} {hanging:>20.2} {:>8.2}", hanging / without);
        ratios.push(hanging / without);
    }
    ratios.sort_by(f64::total_cmp);
    println!("p99, mail server hangs / without mail: median {:.2}", ratios[rounds / 2]);
}

/// The release binary.
fn build() -> PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let cargo = cargo::command()
        .args(["build", "--release", "--workspace", "--bins", "--manifest-path", manifest])
        .status();
    assert!(cargo.unwrap().success());
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().join("dunlin")
}

/// How many customers live at the same time.
const AT_ONCE: usize = 500;

/// The lives that make so many requests, and the next lives in the next batch.
fn lives(count: usize, batch: u64) -> Vec<Lifecycle> {
    let mut events = 0;
    let seeds = batch * 1_000_000..;
    seeds
        .map(Lifecycle::from_seed)
        .take_while(|life| {
            let is_needed = events < count;
            events += life.events.len();
            is_needed
        })
        .collect()
}

fn customers(count: usize, batch: u64) -> Vec<String> {
    let lives = lives(count, batch);
    lives
        .iter()
        .map(|life| life.events[0].customer().unwrap().to_owned())
        .collect()
}

/// Signed requests: the lives of many customers, some hundred of them at once, with their redeliveries.
fn requests(count: usize, batch: u64) -> Vec<Vec<u8>> {
    let secret = Secret::parse(SECRET).unwrap();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for together in lives(count, batch).chunks(AT_ONCE) {
        let longest = together.iter().map(|life| life.events.len()).max().unwrap_or_default();
        for nth in 0..longest {
            for event in together.iter().filter_map(|life| life.events.get(nth)) {
                bodies.push(body(event).unwrap());
                if bodies.len().is_multiple_of(REDELIVERED) {
                    bodies.push(bodies[bodies.len() * 2 / 3].clone());
                }
            }
        }
    }
    bodies.truncate(count);
    let request = |body: Vec<u8>| {
        let head = format!(
            "POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: bench\r\nStripe-Signature: {}\r\nContent-Length: {}\r\n\r\n",
            sign(&secret, &body, now),
            body.len()
        );
        [head.into_bytes(), body].concat()
    };
    bodies.into_iter().map(request).collect()
}

/// The request that binds a tenant of this number to the customer.
fn binding(n: usize, customer: &str) -> Vec<u8> {
    let contact = r#"{"role":"billing","email":"bo@example.com"}"#;
    let body = format!(r#"{{"stripe_customer_id":"{customer}","contacts":[{contact}]}}"#);
    let head = format!(
        "PUT /api/v1/tenants/t{n} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// A folder and a database.
struct Home {
    folder: tempfile::TempDir,
    database_url: String,
}

impl Home {
    fn on_sqlite() -> Self {
        Self::at("sqlite://bench.db".to_owned())
    }

    fn at(database_url: String) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database_url,
        }
    }
}

/// A server process.
struct Server {
    child: Child,
    address: SocketAddr,
    started_in: Duration,
}

impl Server {
    fn start(dunlin: &Path, home: &Home, variables: &[(&str, &str)]) -> Self {
        let began = Instant::now();
        let mut child = Command::new(dunlin)
            .arg("serve")
            .current_dir(home.folder.path())
            .env_clear()
            .envs([
                ("DUNLIN_LISTEN", "127.0.0.1:0"),
                ("DUNLIN_API_KEYS", KEY),
                ("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET),
                ("DUNLIN_DATABASE_URL", home.database_url.as_str()),
            ])
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let listening = log.find(|line| line.contains("\"listening\"")).expect("the server listens");
        let listening: serde_json::Value = serde_json::from_str(&listening).unwrap();
        std::thread::spawn(move || log.for_each(drop));
        Self {
            child,
            address: listening["address"].as_str().unwrap().parse().unwrap(),
            started_in: began.elapsed(),
        }
    }

    fn rss_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib: u32 = line.trim().trim_end_matches(" kB").parse().unwrap();
        f64::from(kib) / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
