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
/// With mail: connections, events, and pairs of runs, one without a mail server and one with a mail server that hangs.
const WITH_MAIL: (usize, usize, usize) = (32, 6_000, 5);
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
/// without mail, in turns.
fn compare_with_mail(dunlin: &Path) {
    let (connections, events, pairs) = WITH_MAIL;
    let requests = requests(events);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    std::thread::spawn(move || silent.incoming().collect::<Vec<_>>());
    let with_mail = [
        ("DUNLIN_SMTP_URL", url.as_str()),
        ("DUNLIN_MAIL_FROM", "bench@acme.example"),
        ("DUNLIN_MAIL_ADMIN", "admin@acme.example"),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
    ];
    println!("\n{:>24} {:>10} {:>9} {:>9}", "", "events/s", "p50 ms", "p99 ms");
    let mut ratios = Vec::new();
    for _ in 0..pairs {
        let run = |name: &str, variables: &[(&str, &str)]| {
            let measured = measure_with(dunlin, connections, &requests, variables, events / KINDS);
            let (p50, p99) = (millis(measured.p50), millis(measured.p99));
            println!("{name:>24} {:>10.0} {p50:>9.2} {p99:>9.2}", measured.per_second);
            p99
        };
        let without = run("without mail", &[("DUNLIN_MAIL_HOLD_SECS", "0")]);
        let hanging = run("mail server hangs", &with_mail);
        ratios.push(hanging / without);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "p99, mail server hangs / without mail: median {:.2} of {ratios:.2?}",
        ratios[pairs / 2]
    );
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
    measure_with(dunlin, connections, requests, &[], 0)
}

/// With these settings, and so many tenants bound to the customers of the requests.
fn measure_with(dunlin: &Path, connections: usize, requests: &[Vec<u8>], variables: &[(&str, &str)], tenants: usize) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, address) = start(dunlin, folder.path(), variables);
    let bindings: Vec<Vec<u8>> = (0..tenants).map(binding).collect();
    client(address, &bindings, &AtomicUsize::new(0));
    std::thread::sleep(Duration::from_millis(300));
    let idle_rss_kib = rss_kib(&server);
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let mut latencies: Vec<Duration> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| client(address, requests, &next)))
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let took = began.elapsed();
    let rss_kib = rss_kib(&server);
    server.kill().unwrap();
    server.wait().unwrap();
    latencies.sort_unstable();
    assert_eq!(latencies.len(), requests.len());
    let percentile = |p: usize| latencies[(latencies.len() * p / 100).min(latencies.len() - 1)];
    let count = f64::from(u32::try_from(requests.len()).unwrap());
    Measured {
        per_second: count / took.as_secs_f64(),
        p50: percentile(50),
        p99: percentile(99),
        idle_rss_kib,
        rss_kib,
    }
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
