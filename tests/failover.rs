//! A PostgreSQL that crashes, and one that fails over, while deliveries arrive: every answered event is there
//! afterwards, whichever server leads.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use test_support::patroni::Patroni;
use test_support::pgbouncer::Pgbouncer;
use test_support::postgres::Cluster;

use crate::size::count;
use crate::support::{App, deliver_to, event_with, signature};

/// Delivers the events of one customer after another, each event until it is taken, as Stripe does.
fn deliver_until(is_over: &AtomicBool, address: SocketAddr, client: usize, acknowledged: &Mutex<Vec<String>>) {
    let names = ["customer.subscription.updated", "invoice.payment_failed", "invoice.paid"];
    for n in 0.. {
        let about = format!("{client}_{}", n % 5);
        let body = event_with(names[n % names.len()], &format!("cus_{about}"), &format!("sub_{about}"), &[]);
        loop {
            if is_over.load(Ordering::SeqCst) {
                return;
            }
            // Each try has a new signature.
            match deliver_to(address, &signature(&body), &body) {
                Some(answer) if answer.status == 200 => {
                    acknowledged
                        .lock()
                        .unwrap()
                        .push(answer.body["event_id"].as_str().unwrap().to_owned());
                    break;
                }
                Some(answer) => assert_eq!(answer.status, 503, "{:?}", answer.body),
                None => panic!("the server is gone"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A guard that ends all deliveries, however the test ends.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn check(cluster: &Patroni, url: &str, variables: &[(&str, &str)]) {
    let mut all = vec![("DUNLIN_POSTGRES_STATEMENT_TIMEOUT_SECS", "3")];
    all.extend(variables);
    let app = App::spawn_on_url_with(url, &all);
    let (is_over, acknowledged) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let taken = || acknowledged.lock().unwrap().len();
    std::thread::scope(|scope| {
        let (is_over, acknowledged) = (&is_over, &acknowledged);
        let _over = Over(is_over);
        let address = app.address;
        for client in 0..4 {
            scope.spawn(move || deliver_until(is_over, address, client, acknowledged));
        }
        for change in [Patroni::switch_over, Patroni::switch_over, Patroni::crash_leader] {
            cluster.wait_until_whole();
            let before = taken();
            app.wait_for(Duration::from_mins(1), || (taken() > before + 20).then_some(()));
            change(cluster);
            let since = taken();
            app.wait_for(Duration::from_mins(1), || (taken() > since + 20).then_some(()));
        }
    });
    check_all_is_there(&app, acknowledged);
}

fn check_all_is_there(app: &App, acknowledged: Mutex<Vec<String>>) {
    let acknowledged = acknowledged.into_inner().unwrap();
    for (nth, id) in acknowledged.iter().enumerate() {
        let answer = |status| (status != 503).then_some(status);
        let found = app.wait_for(Duration::from_mins(1), || {
            answer(app.get(&format!("/api/v1/events/{id}")).status)
        });
        let all = acknowledged.len();
        assert_eq!(found, 200, "{id}, the {nth}th of {all}, was answered 200 and is lost");
    }
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
}

#[test]
fn what_was_answered_survives_crashes_of_the_server() {
    let cluster = Cluster::start();
    let app = App::spawn_on_url_with(&cluster.url("postgres"), &[]);
    let (is_over, acknowledged) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let taken = || acknowledged.lock().unwrap().len();
    std::thread::scope(|scope| {
        let (is_over, acknowledged) = (&is_over, &acknowledged);
        let address = app.address;
        let _over = Over(is_over);
        for client in 0..4 {
            scope.spawn(move || deliver_until(is_over, address, client, acknowledged));
        }
        for _ in 0..count(3, 20) {
            let before = taken();
            app.wait_for(Duration::from_mins(1), || (taken() > before + 20).then_some(()));
            cluster.crash();
        }
    });
    check_all_is_there(&app, acknowledged);
}

#[test]
fn what_was_answered_survives_failovers() {
    let cluster = Patroni::start();
    check(&cluster, &cluster.url(), &[]);
}

#[test]
fn what_was_answered_survives_failovers_behind_a_pooler_of_transactions() {
    let cluster = Patroni::start();
    let address = cluster.address();
    let pooler = Pgbouncer::before(&format!("{} port={}", address.ip(), address.port()), 6);
    check(
        &cluster,
        &pooler.url("postgres://dunlin@localhost/postgres"),
        &[("DUNLIN_POSTGRES_POOLER", "transaction")],
    );
}
