//! Connections to PostgreSQL that are open and never answer again. Nobody waits for them without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use persistence::{PostgresOptions, Store, StoreError};
use subscription::Status;
use test_support::postgres::{Cluster, cluster};
use test_support::proxy::Proxy;

use crate::support::{NOW, change, database, key};

/// The settings: a statement may take one second, its answer two seconds more, and a connection five.
const OPTIONS: PostgresOptions = PostgresOptions {
    max_connections: 3,
    statement_timeout_secs: 1,
    pooler: persistence::Pooler::None,
};
const PATIENCE: Duration = Duration::from_secs(20);

/// After a failover to a server that was behind, a customer can reach the same number of changes in another way.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_told_is_not_believed_of_another() {
    let (first, behind) = (Cluster::start(), Cluster::start());
    let proxy = Proxy::before(first.socket());
    let store = Store::connect_with(&proxy.url("postgres"), OPTIONS).await.unwrap();
    store.migrate().await.unwrap();
    let on_other = Store::connect(&behind.url("postgres")).await.unwrap();
    on_other.migrate().await.unwrap();
    let posted = async |store: &Store, delivery| drop(store.post(&[delivery], NOW).await.unwrap());
    posted(&store, change("evt_lost", "cus_a", 5, None, Status::Canceled)).await;
    posted(&on_other, change("evt_kept", "cus_a", 1, None, Status::Trialing)).await;
    proxy.lead_to(behind.socket());
    let next = async || {
        let next = change("evt_next", "cus_a", 3, Some(Status::Trialing), Status::Active);
        store.post(&[next], NOW).await
    };
    if next().await.is_err() {
        drop(next().await.unwrap());
    }
    let audited = on_other.audit(&key("cus_a")).await.unwrap();
    assert_eq!(audited.differences, Vec::<String>::new());
    assert_eq!(audited.customer.count_facts(), 2);
}

async fn post(store: &Store, n: usize) -> Result<(), StoreError> {
    let delivery = change(&format!("evt_{n}"), &format!("customer{n}"), 1, None, Status::Active);
    store.post(&[delivery], NOW).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_under_way_is_told_and_the_next_is_served() {
    let database = database().await;
    let proxy = Proxy::before(cluster().socket());
    let url = proxy.url(Cluster::database_of(&database.url));
    let store = Store::connect_with(&url, OPTIONS).await.unwrap();
    let mut posted = 0;
    for round in 0..10 {
        let (began, before) = (Instant::now(), posted);
        let is_over = Arc::new(AtomicBool::new(false));
        let served = Arc::new(AtomicUsize::new(0));
        let posting: Vec<_> = (0..6)
            .map(|n| {
                let (store, is_over, served) = (store.clone(), Arc::clone(&is_over), Arc::clone(&served));
                tokio::spawn(async move {
                    // Posts run one after the other until one fails, so one is in progress when the connection goes
                    // silent.
                    for next in 0.. {
                        if post(&store, 100_000 * (round + 1) + 1000 * n + next).await.is_err() || is_over.load(Ordering::SeqCst) {
                            return next;
                        }
                        served.fetch_add(1, Ordering::SeqCst);
                    }
                    0
                })
            })
            .collect();
        while served.load(Ordering::SeqCst) < 6 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        proxy.go_silent();
        is_over.store(true, Ordering::SeqCst);
        for posting in posting {
            let done = tokio::time::timeout(PATIENCE, posting).await;
            posted += done.expect("whoever is under way is told").unwrap();
        }
        assert!(began.elapsed() < PATIENCE, "round {round}: {:?}", began.elapsed());
        assert!(posted > before);
        tokio::time::timeout(PATIENCE, post(&store, round))
            .await
            .expect("the next is served")
            .unwrap();
        posted += 1;
    }
    let kept = database.count("stripe_event").await;
    assert!(kept >= i64::try_from(posted).unwrap(), "{kept} of {posted}");
    tokio::time::timeout(PATIENCE, store.close())
        .await
        .expect("it closes")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_idle_meanwhile_costs_a_moment_and_no_error() {
    let database = database().await;
    let proxy = Proxy::before(cluster().socket());
    let url = proxy.url(Cluster::database_of(&database.url));
    let store = Store::connect_with(&url, OPTIONS).await.unwrap();
    for round in 0..10 {
        post(&store, round).await.unwrap();
        // The sleep lasts until the connection is back in the pool.
        tokio::time::sleep(Duration::from_millis(20)).await;
        proxy.go_silent();
        let read = store.inbox().first_received_at();
        let read = tokio::time::timeout(Duration::from_secs(4), read).await;
        drop(read.expect("a reader waits for a moment"));
    }
    assert_eq!(database.count("stripe_event").await, 10);
}
