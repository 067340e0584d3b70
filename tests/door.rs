//! Strangers at the door: their requests are neither kept nor waited for.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::Trigger;

use crate::support::{API_KEY, App, SECRET, command, deliver_to, event_body, signature};

const MEBIBYTE: usize = 1024 * 1024;
const STRANGERS: usize = 1_000;

/// Returns the peak of memory of a process, in MB.
fn peak_mb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_000
}

/// Opens a connection that begins a body of one MiB and never ends it.
fn stranger(address: SocketAddr, header: &str) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
    let head = format!("POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: dunlin\r\n{header}Content-Length: {MEBIBYTE}\r\n\r\n");
    drop(stream.write_all(head.as_bytes()));
    drop(stream.write_all(&vec![b'x'; MEBIBYTE - 1]));
    Some(stream)
}

/// The most memory that strangers may fill, in MB. A debug build takes 22 MB more when nobody is there, most of it code.
const MOST_MB: u64 = if cfg!(debug_assertions) { 142 } else { 120 };

/// Lets strangers come from four sides and stay while Stripe delivers. Returns the slowest delivery's time, and the
/// peak of memory.
fn beside_strangers(header: &str) -> (Duration, u64) {
    let app = App::spawn();
    let mut slowest = Duration::ZERO;
    std::thread::scope(|scope| {
        let sides: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    (0..STRANGERS / 4)
                        .filter_map(|_| stranger(app.address, header))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        while sides.iter().any(|side| !side.is_finished()) {
            let began = Instant::now();
            assert_eq!(app.trigger("customer.subscription.updated").status, 200);
            slowest = slowest.max(began.elapsed());
        }
    });
    (slowest, peak_mb(app.id()))
}

#[test]
fn bodies_without_a_signature_fill_no_memory() {
    let (slowest, peak) = beside_strangers("");
    println!("the slowest delivery took {slowest:?}, the peak was {peak} MB");
    assert!(peak <= MOST_MB, "{peak} MB");
}

#[test]
fn bodies_under_a_signature_that_is_none_are_bounded_together() {
    let forged = format!("Stripe-Signature: t=1,v1={}\r\n", "0".repeat(64));
    let (slowest, peak) = beside_strangers(&forged);
    println!("the slowest delivery took {slowest:?}, the peak was {peak} MB");
    assert!(peak <= MOST_MB, "{peak} MB");
}

#[test]
fn a_length_over_the_limit_is_refused_before_the_body_comes() {
    let app = App::spawn();
    let header = signature(b"");
    let head = format!(
        "POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: dunlin\r\nStripe-Signature: {header}\r\nContent-Length: {}\r\n\r\n",
        MEBIBYTE + 1
    );
    let answer = app.speak(head.as_bytes(), Duration::from_secs(5));
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn a_log_that_nobody_reads_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path())
        .arg("serve")
        .env("DUNLIN_LISTEN", "127.0.0.1:0")
        .env("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET)
        .env("DUNLIN_API_KEYS", API_KEY)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let address: SocketAddr = loop {
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        if line["message"] == "listening" {
            break line["address"].as_str().unwrap().parse().unwrap();
        }
    };
    // From here on the log stays open and unread.
    for _ in 0..10_000 {
        assert_eq!(deliver_to(address, "t=1", b"{}").unwrap().status, 400);
    }
    let body = event_body(&Trigger::new("invoice.paid"));
    assert_eq!(deliver_to(address, &signature(&body), &body).unwrap().status, 200);
    let metrics = ureq::get(format!("http://{address}/metrics"))
        .header("Authorization", format!("Bearer {API_KEY}"))
        .call()
        .unwrap();
    let metrics = metrics.into_body().read_to_string().unwrap();
    let dropped = metrics
        .lines()
        .find_map(|line| line.strip_prefix("dunlin_log_lines_dropped_total "));
    assert!(dropped.unwrap().parse::<u64>().unwrap() > 0, "{metrics}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_is_no_http_is_refused_and_no_error_of_ours() {
    let app = App::spawn();
    for line in [
        "HELO dunlin\r\n\r\n",
        "GET / HTTP/1.1\r\nHost\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ] {
        let answer = app.speak(line.as_bytes(), Duration::from_secs(5));
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    assert_eq!(app.trigger("invoice.paid").status, 200);
    assert!(!app.log().contains("\"ERROR\""), "{}", app.log());
}

#[test]
fn what_it_writes_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let app = App::spawn();
    assert_eq!(app.trigger("invoice.paid").status, 200);
    let database = app.database_url().trim_start_matches("sqlite://").to_owned();
    for file in [database.clone(), format!("{database}-wal"), format!("{database}-shm")] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} has {mode:o}");
    }
}
