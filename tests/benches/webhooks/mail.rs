//! The latency of webhooks while a mail server hangs.

use std::net::TcpListener;
use std::path::Path;

use crate::rig::figures::median;
use crate::rig::send;
use crate::rig::server::{Home, Server};
use crate::rig::traffic::Traffic;

/// The connections, the events, and the rounds, each with a server without mail and one whose mail server hangs.
const CONNECTIONS: usize = 32;
const EVENTS: usize = 8_000;
const ROUNDS: usize = 5;
/// The requests that one of two servers gets before the other's turn.
const TURN: usize = 400;

/// Compares the latency of webhooks for bound tenants, whose notices wait for a mail server that never says a word,
/// with the same without mail. Both servers run at once and get requests in short turns, so that other load on the
/// machine affects both.
pub(crate) fn compare(dunlin: &Path) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    std::thread::spawn(move || silent.incoming().collect::<Vec<_>>());
    let without_mail = [("DUNLIN_MAIL_HOLD_SECS", "0")];
    let with_mail = [
        ("DUNLIN_SMTP_URL", url.as_str()),
        ("DUNLIN_MAIL_FROM", "bench@acme.example"),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_ADMIN", "admin@acme.example"),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
    ];
    println!("\n{:>20} {:>20} {:>8}", "p99 ms without mail", "mail server hangs", "ratio");
    let rounds = (0..ROUNDS).map(|_| {
        let homes = [Home::on_sqlite(), Home::on_sqlite()];
        let servers = [
            Server::start(dunlin, &homes[0], &without_mail),
            Server::start(dunlin, &homes[1], &with_mail),
        ];
        round(&servers)
    });
    let ratios: Vec<f64> = rounds.collect();
    println!(
        "p99, mail server hangs / without mail: median {:.2}",
        median(&ratios).unwrap_or_default()
    );
}

fn round(servers: &[Server; 2]) -> f64 {
    let traffic = Traffic::new(EVENTS, 0);
    let mut latencies = servers
        .each_ref()
        .map(|server| send(&[server.address], &traffic.bindings, CONNECTIONS, None).latencies);
    latencies.iter_mut().for_each(hdrhistogram::Histogram::reset);
    for turn in traffic.requests.chunks(TURN) {
        for (server, latencies) in servers.iter().zip(&mut latencies) {
            let measured = send(&[server.address], turn, CONNECTIONS, None);
            latencies.add(measured.latencies).unwrap();
        }
    }
    let [without, hanging] =
        latencies.map(|latencies| f64::from(u32::try_from(latencies.value_at_quantile(0.99)).unwrap()) / 1000.0);
    println!("{without:>20.2} {hanging:>20.2} {:>8.2}", hanging / without);
    hanging / without
}
