//! Webhooks a second through the real server: signed events over keep-alive connections, each answered after a durable
//! commit. `cargo bench -p acceptance`; compare figures of one run only, for machines are noisy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops at what is wrong"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use simulator::Trigger;
use stripe_signature::{Secret, sign};

const SECRET: &str = "whsec_bench";
/// Connections, and how many events to send over them in all.
const RUNS: [(usize, usize); 3] = [(1, 2_000), (32, 30_000), (256, 30_000)];
/// Runs of each kind; the median is what counts.
const REPEATS: usize = 3;

/// Events in a customer's life.
const KINDS: usize = 10;
/// With mail: connections, events, and rounds, each with a server without mail and one whose mail server hangs.
const WITH_MAIL: (usize, usize, usize) = (32, 8_000, 5);
/// Requests that one of two servers is sent before it is the other's turn.
const TURN: usize = 400;
const KEY: &str = "bench-key-0123456789";

fn main() {
    let dunlin = build();
    if std::env::args().any(|argument| argument == "mail") {
        return compare_with_mail(&dunlin);
    }
    println!(
        "{:>11} {:>8} {:>10} {:>9} {:>9} {:>10}",
        "connections", "events", "events/s", "p50 ms", "p99 ms", "RSS MB"
    );
    let mut idle = 0;
    for (connections, events) in RUNS {
        let requests = requests(events);
        let mut measured: Vec<Measured> = (0..REPEATS).map(|_| measure(&dunlin, connections, &requests)).collect();
        measured.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        for one in &measured {
            println!(
                "{connections:>11} {events:>8} {:>10.0} {:>9.2} {:>9.2} {:>10.1}",
                one.per_second,
                millis(one.p50),
                millis(one.p99),
                megabytes(one.rss_kib)
            );
        }
        println!("{connections:>11} {:>8} {:>10.0}", "median", measured[REPEATS / 2].per_second);
        idle = measured[0].idle_rss_kib;
    }
    println!("idle memory: {:.1} MB", megabytes(idle));
    compare_with_mail(&dunlin);
}

/// Latency of webhooks for bound tenants, whose notices a mail server that never says a word keeps waiting: against the same
/// without mail. Both servers run at once and are sent to in short turns, so that whatever else the machine does hits both.
fn compare_with_mail(dunlin: &Path) {
    let (connections, events, rounds) = WITH_MAIL;
    let requests = requests(events);
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
        let servers = [&without_mail[..], &with_mail].map(|variables| Bound::start(dunlin, variables, events / KINDS));
        let mut latencies = [Vec::new(), Vec::new()];
        for turn in requests.chunks(TURN) {
            for (server, latencies) in servers.iter().zip(&mut latencies) {
                latencies.extend(send(server.address, turn, connections));
            }
        }
        let [without, hanging] = latencies.map(|mut latencies| {
            latencies.sort_unstable();
            millis(percentile(&latencies, 99))
        });
        println!("{without:>20.2} {hanging:>20.2} {:>8.2}", hanging / without);
        ratios.push(hanging / without);
    }
    ratios.sort_by(f64::total_cmp);
    println!("p99, mail server hangs / without mail: median {:.2}", ratios[rounds / 2]);
}

/// A server with tenants bound to the customers of the requests.
struct Bound {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Bound {
    fn start(dunlin: &Path, variables: &[(&str, &str)], tenants: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, address) = start(dunlin, folder.path(), variables);
        let bindings: Vec<Vec<u8>> = (0..tenants).map(binding).collect();
        client(address, &bindings, &AtomicUsize::new(0));
        Self {
            child,
            address,
            _folder: folder,
        }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

struct Measured {
    per_second: f64,
    p50: Duration,
    p99: Duration,
    idle_rss_kib: u32,
    rss_kib: u32,
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn megabytes(kib: u32) -> f64 {
    f64::from(kib) / 1024.0
}

/// The release binary.
fn build() -> std::path::PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let cargo = Command::new(env!("CARGO"))
        .args(["build", "--release", "--workspace", "--bins", "--manifest-path", manifest])
        .status();
    assert!(cargo.unwrap().success());
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().join("dunlin")
}

/// Signed requests: the life of one customer after the other, at the size of real events.
fn requests(count: usize) -> Vec<Vec<u8>> {
    let names: [&str; KINDS] = [
        "customer.subscription.created",
        "checkout.session.completed",
        "payment_method.attached",
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        "invoice.payment_failed",
        "invoice.paid",
        "invoice.upcoming",
        "customer.subscription.deleted",
    ];
    let secret = Secret::parse(SECRET).unwrap();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let of = |n: usize| {
        let customer = n / names.len();
        let trigger = Trigger {
            customer: format!("cus_bench{customer}"),
            subscription: format!("sub_bench{customer}"),
            ..Trigger::new(names[n % names.len()])
        };
        let body = trigger.event_body(&format!("evt_bench{n}"), now).unwrap();
        let head = format!(
            "POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: bench\r\nStripe-Signature: {}\r\nContent-Length: {}\r\n\r\n",
            sign(&secret, &body, now),
            body.len()
        );
        [head.into_bytes(), body].concat()
    };
    (0..count).map(of).collect()
}

fn measure(dunlin: &Path, connections: usize, requests: &[Vec<u8>]) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, address) = start(dunlin, folder.path(), &[]);
    std::thread::sleep(Duration::from_millis(300));
    let idle_rss_kib = rss_kib(&server);
    let began = Instant::now();
    let mut latencies = send(address, requests, connections);
    let took = began.elapsed();
    let rss_kib = rss_kib(&server);
    server.kill().unwrap();
    server.wait().unwrap();
    latencies.sort_unstable();
    assert_eq!(latencies.len(), requests.len());
    let count = f64::from(u32::try_from(requests.len()).unwrap());
    Measured {
        per_second: count / took.as_secs_f64(),
        p50: percentile(&latencies, 50),
        p99: percentile(&latencies, 99),
        idle_rss_kib,
        rss_kib,
    }
}

/// Sends these requests over so many connections; how long each took.
fn send(address: SocketAddr, requests: &[Vec<u8>], connections: usize) -> Vec<Duration> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| client(address, requests, &next)))
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

fn percentile(sorted: &[Duration], p: usize) -> Duration {
    sorted[(sorted.len() * p / 100).min(sorted.len() - 1)]
}

/// The request that binds a tenant to the customer of this number.
fn binding(n: usize) -> Vec<u8> {
    let contact = r#"{"role":"billing","email":"bo@example.com"}"#;
    let body = format!(r#"{{"stripe_customer_id":"cus_bench{n}","contacts":[{contact}]}}"#);
    let head = format!(
        "PUT /api/v1/tenants/t{n} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

fn start(dunlin: &Path, folder: &Path, variables: &[(&str, &str)]) -> (Child, SocketAddr) {
    let mut server = Command::new(dunlin)
        .arg("serve")
        .current_dir(folder)
        .env_clear()
        .envs([
            ("DUNLIN_LISTEN", "127.0.0.1:0"),
            ("DUNLIN_API_KEYS", KEY),
            ("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET),
        ])
        .envs(variables.iter().copied())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
    let listening = log.find(|line| line.contains("\"listening\"")).expect("the server listens");
    let listening: serde_json::Value = serde_json::from_str(&listening).unwrap();
    std::thread::spawn(move || log.for_each(drop));
    (server, listening["address"].as_str().unwrap().parse().unwrap())
}

/// One connection: sends whatever request is next, waits for its answer, and so on.
fn client(address: SocketAddr, requests: &[Vec<u8>], next: &AtomicUsize) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut latencies = Vec::new();
    let mut buffer = [0; 4096];
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let began = Instant::now();
        stream.write_all(request).unwrap();
        let mut read = 0;
        // The answer is one small JSON object, and ends with its brace.
        while read == 0 || buffer[read - 1] != b'}' {
            read += stream.read(&mut buffer[read..]).unwrap();
        }
        assert!(
            buffer.starts_with(b"HTTP/1.1 20"),
            "{}",
            String::from_utf8_lossy(&buffer[..read])
        );
        latencies.push(began.elapsed());
    }
    latencies
}

fn rss_kib(server: &Child) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
