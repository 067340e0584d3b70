//! A database whose connections are open and never answer again, as a failover or a router leaves them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use test_support::postgres::{Cluster, cluster};
use test_support::proxy::Proxy;

use crate::support::{App, deliver_to, event_with, signature};

/// A statement may take two seconds, its answer two more, and a connection five.
const STATEMENT_TIMEOUT: (&str, &str) = ("DUNLIN_POSTGRES_STATEMENT_TIMEOUT_SECS", "2");
const PATIENCE: Duration = Duration::from_secs(12);

/// Delivers and asks for access on ten connections until `is_over`, and checks that every request is answered. Returns
/// the number of acknowledged deliveries.
fn ask_all_the_time(app: &App, round: usize, is_over: &AtomicBool) -> usize {
    let ask = |client: usize| {
        let mut acknowledged = 0;
        for n in 0.. {
            let began = Instant::now();
            let about = format!("{round}_{client}_{n}");
            if client.is_multiple_of(2) {
                let body = event_with(
                    "customer.subscription.updated",
                    &format!("cus_{about}"),
                    &format!("sub_{about}"),
                    &[],
                );
                let answer = deliver_to(app.address, &signature(&body), &body).unwrap();
                assert!([200, 503].contains(&answer.status), "{:?}", answer.body);
                acknowledged += usize::from(answer.status == 200);
            } else {
                let status = app.get("/api/v1/tenants/demo/access").status;
                assert!([200, 503].contains(&status), "{status}");
                assert!(began.elapsed() < Duration::from_secs(5), "access took {:?}", began.elapsed());
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{client} was answered after {:?}",
                began.elapsed()
            );
            if is_over.load(Ordering::SeqCst) {
                break;
            }
        }
        acknowledged
    };
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..10).map(|client| scope.spawn(move || ask(client))).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).sum()
    })
}

#[test]
fn everybody_is_answered_whenever_connections_go_silent() {
    let proxy = Proxy::before(cluster().socket());
    let direct = cluster().new_database();
    let mut app = App::spawn_on_url_with(&proxy.url(Cluster::database_of(&direct)), &[STATEMENT_TIMEOUT]);
    app.bind("demo", "cus_demo");
    let mut acknowledged = 0;
    for round in 0..10 {
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| ask_all_the_time(&app, round, &is_over));
            std::thread::sleep(Duration::from_millis(200));
            proxy.go_silent();
            // It heals by itself, while all requests go on.
            let ready = || (app.get("/readyz").status == 200).then_some(());
            std::thread::sleep(Duration::from_secs(1));
            app.wait_for(PATIENCE, ready);
            app.wait_for(PATIENCE, || {
                (app.get("/api/v1/tenants/demo/access").status == 200).then_some(())
            });
            is_over.store(true, Ordering::SeqCst);
            acknowledged += asking.join().unwrap();
        });
    }
    let kept = app.count_events();
    assert!(
        acknowledged > 0 && kept >= acknowledged,
        "{acknowledged} were acknowledged, {kept} are there"
    );
    proxy.go_silent();
    let began = Instant::now();
    app.terminate();
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "it stopped after {:?}",
        began.elapsed()
    );
}
