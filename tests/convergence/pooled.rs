//! Convergence through a pooler that lends its sessions by the transaction, and has fewer of them than there are
//! connections.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::Value;
use test_support::haproxy::Haproxy;
use test_support::pgbouncer::Pgbouncer;
use test_support::postgres::cluster;

use crate::history::NETWORKS;
use crate::real::Play;
use crate::size::{count, first_seed};
use crate::support::{App, command};

/// Reads everything readable, over and over, while others write. Every request gets the right answer. Returns the
/// number of answers.
fn keep_reading(app: &App, lives: u64, is_over: &AtomicBool) -> usize {
    let mut answered = 0;
    while !is_over.load(Ordering::Relaxed) {
        for nth in (0..lives).step_by(2) {
            let tenant = format!("t{nth}");
            for (path, id) in [
                (format!("/api/v1/tenants/{tenant}"), "id"),
                (format!("/api/v1/tenants/{tenant}/access"), "tenant_id"),
            ] {
                let answer = app.get(&path);
                assert_eq!(
                    (answer.status, &answer.body[id]),
                    (200, &Value::from(tenant.as_str())),
                    "{answer:?}"
                );
            }
            for path in [
                format!("/api/v1/tenants/{tenant}/timeline?limit=50"),
                "/api/v1/tenants?limit=50".to_owned(),
                "/api/v1/events?limit=50".to_owned(),
                format!("/api/v1/notices?tenant_id={tenant}"),
            ] {
                let answer = app.get(&path);
                assert!(answer.status == 200 && answer.body["data"].is_array(), "{path}: {answer:?}");
            }
            answered += 6;
        }
        assert_eq!(app.get_as(None, "/readyz").status, 200);
    }
    answered
}

#[test]
fn three_instances_over_a_pooler_of_transactions_end_in_truth() {
    let lives = count(30, 600);
    let began = Instant::now();
    let pooler = Pgbouncer::start(cluster(), 4);
    let url = pooler.url(&cluster().new_database());
    let variables = [("DUNLIN_POSTGRES_POOLER", "transaction")];
    // They start at once, and one of them creates the schema.
    let apps = std::thread::scope(|scope| {
        let start = || App::spawn_on_url_with(&url, &variables);
        [scope.spawn(start), scope.spawn(start), scope.spawn(start)].map(|starting| starting.join().unwrap())
    });
    let balancer = Haproxy::start(&[apps[0].address, apps[1].address, apps[2].address]);
    let play = Play::new(first_seed(), lives, &NETWORKS[1].1);
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        play.bind(&apps[0], 0);
        for app in &apps {
            scope.spawn(|| answered.fetch_add(keep_reading(app, lives, &is_over), Ordering::Relaxed));
        }
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play.send(balancer.address)));
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(played.unwrap().failed, 0, "every delivery was taken at once");
    });
    play.bind(&apps[0], 1);
    let owed = play.check(&apps[0]);
    println!(
        "pooled, three instances: {}, {owed} notices, {} reads meanwhile, 0 differences, audit clean, {:.0} s",
        play.describe(),
        answered.load(Ordering::Relaxed),
        began.elapsed().as_secs_f64()
    );
}

#[test]
fn who_is_not_told_of_a_pooler_of_transactions_stops_and_says_so() {
    let pooler = Pgbouncer::start(cluster(), 1);
    let url = pooler.url(&cluster().new_database());
    let folder = tempfile::tempdir().unwrap();
    let migrate = || {
        let done = command(folder.path())
            .arg("migrate")
            .env("DUNLIN_DATABASE_URL", &url)
            .output();
        done.unwrap()
    };
    // Two processes share one session, and at the latest the second finds that it is not alone.
    let (_, refused) = (migrate(), migrate());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && told.contains("DUNLIN_POSTGRES_POOLER"), "{told}");
}
