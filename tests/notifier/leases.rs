//! Leases: a row belongs to one worker at a time, whatever the others do.

use std::time::Duration;

use test_support::pgbouncer::Pgbouncer;
use test_support::postgres::cluster;
use test_support::smtp::SmtpServer;

use crate::notices::{FROM, Notice, all, deliveries, fail};
use crate::support::{App, Worker};

const PATIENCE: Duration = Duration::from_mins(3);

/// A lease that a test can outlast.
const SHORT: (&str, &str) = ("DUNLIN_MAIL_LEASE_SECS", "10");

/// Starts a worker. Unless `more` says otherwise, no machine is slow enough to outlast its lease.
pub(crate) fn worker(web: &App, smtp: &SmtpServer, more: &[(&str, &str)]) -> Worker {
    let url = smtp.url();
    let mut settings = vec![
        ("DUNLIN_SMTP_URL", url.as_str()),
        ("DUNLIN_MAIL_FROM", FROM),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_ADMIN", "admin@acme.example"),
        ("DUNLIN_MAIL_MIN_INTERVAL_SECS", "0"),
    ];
    settings.extend(more);
    web.spawn_worker(&settings)
}

fn web() -> App {
    App::spawn_web_with_crash_points(&[("DUNLIN_MAIL_HOLD_SECS", "0")])
}

pub(crate) fn settled(web: &App) -> Vec<Notice> {
    web.wait_for(PATIENCE, || {
        let notices = all(web);
        (!notices.iter().any(Notice::is_open)).then_some(notices)
    })
}

#[test]
fn two_workers_never_send_one_row_twice() {
    check_two_workers(&web(), &[]);
}

#[test]
fn two_workers_over_a_pooler_of_transactions_never_send_one_row_twice() {
    let pooler = Pgbouncer::start(cluster(), 3);
    let url = pooler.url(&cluster().new_database());
    let pooled = ("DUNLIN_POSTGRES_POOLER", "transaction");
    let web = App::spawn_on_url_with(&url, &[("ROLE", "web"), ("DUNLIN_MAIL_HOLD_SECS", "0"), pooled]);
    check_two_workers(&web, &[pooled]);
}

fn check_two_workers(web: &App, settings: &[(&str, &str)]) {
    let smtp = SmtpServer::start();
    for n in 0..50 {
        fail(web, &format!("t{n}"));
    }
    let _workers = [worker(web, &smtp, settings), worker(web, &smtp, settings)];
    for n in 50..100 {
        fail(web, &format!("t{n}"));
    }
    let notices = settled(web);
    assert_eq!(notices.len(), 200);
    let delivered = deliveries(&smtp);
    for notice in notices {
        assert_eq!(delivered.get(&notice.message_id), Some(&1), "{notice:?}");
    }
}

/// Stops a worker at `point` until its lease is over while another one works, and then wakes it. Returns the number of
/// times the mail was taken, and the notice's state in the outbox.
fn stop_at(point: &str, policy: &str) -> (usize, String) {
    let (web, smtp) = (web(), SmtpServer::start());
    fail(&web, "acme");
    let stopping = format!("{point}=0");
    let policy = ("DUNLIN_MAIL_ON_UNKNOWN", policy);
    let one_by_one = ("DUNLIN_MAIL_CONCURRENCY", "1");
    let sleeper = worker(
        &web,
        &smtp,
        &[
            SHORT,
            policy,
            one_by_one,
            ("CRASH_POINT", &stopping),
            ("CRASH_POINT_SIGNAL", "STOP"),
        ],
    );
    web.wait_for(PATIENCE, || sleeper.is_stopped().then_some(()));
    let mut other = worker(&web, &smtp, &[policy]);
    let first = || {
        all(&web)
            .into_iter()
            .find(|notice| notice.kind == "payment_failed_alert")
            .unwrap()
    };
    let second = || {
        all(&web)
            .into_iter()
            .find(|notice| notice.kind == "payment_failed" && notice.tenant == "acme")
            .unwrap()
    };
    web.wait_for(PATIENCE, || (!first().is_open() && !second().is_open()).then_some(()));
    other.kill();
    sleeper.wake();
    // A worker has one job at a time. Once it has finished the next notice, it has finished the one it slept over.
    fail(&web, "next");
    settled(&web);
    let delivered = deliveries(&smtp);
    let held = [first(), second()];
    let most = held
        .iter()
        .map(|notice| delivered.get(&notice.message_id).copied().unwrap_or_default())
        .max();
    let states: Vec<String> = held.into_iter().map(|notice| notice.state).collect();
    (most.unwrap(), states.join(" "))
}

#[test]
fn a_worker_that_was_stopped_past_its_lease_sends_nothing_when_it_wakes() {
    // Each case waits for a lease to end. In parallel they wait only once.
    std::thread::scope(|scope| {
        for point in [
            "worker::after_claim",
            "worker::before_transmitting",
            "worker::after_transmitting",
        ] {
            scope.spawn(move || assert_eq!(stop_at(point, "resend"), (1, "sent sent".to_owned()), "at {point}"));
        }
        let (most, states) = stop_at("worker::after_transmitting", "hold");
        assert_eq!(most, 1, "the other notice");
        assert!(states.contains("unknown") && states.contains("sent"), "{states}");
    });
}
