//! A worker whose connections to the database are open and never answer again.

use std::time::Duration;

use test_support::postgres::{Cluster, cluster};
use test_support::proxy::Proxy;
use test_support::smtp::SmtpServer;

use crate::leases::{settled, worker};
use crate::notices::{deliveries, fail};
use crate::support::App;

#[test]
fn what_is_owed_is_sent_once_whenever_connections_go_silent() {
    let smtp = SmtpServer::start();
    let direct = cluster().new_database();
    let proxy = Proxy::before(cluster().socket());
    let web = App::spawn_on_url_with(&direct, &[("ROLE", "web"), ("DUNLIN_MAIL_HOLD_SECS", "0")]);
    let url = proxy.url(Cluster::database_of(&direct));
    let mut worker = worker(
        &web,
        &smtp,
        &[
            ("DUNLIN_DATABASE_URL", &url),
            ("DUNLIN_POSTGRES_STATEMENT_TIMEOUT_SECS", "1"),
            ("DUNLIN_MAIL_LEASE_SECS", "10"),
            // By default a mail is sent again if the silence outlasts its lease.
            ("DUNLIN_MAIL_ON_UNKNOWN", "hold"),
        ],
    );
    for round in 0..10 {
        for n in 0..5 {
            fail(&web, &format!("t{round}_{n}"));
        }
        std::thread::sleep(Duration::from_millis(20 * round));
        proxy.go_silent();
    }
    let notices = settled(&web);
    assert_eq!(notices.len(), 100);
    let sent = deliveries(&smtp);
    for notice in &notices {
        // The outcome of a notice that was in progress when the database went silent is unknown. It is held, not sent
        // again.
        let times = sent.get(&notice.message_id).copied().unwrap_or_default();
        match notice.state.as_str() {
            "sent" => assert_eq!(times, 1, "{notice:?}\n{}", worker.log()),
            _ => assert!(times <= 1 && notice.state == "unknown", "{notice:?}"),
        }
    }
    assert!(notices.iter().filter(|notice| notice.state == "sent").count() >= 50);
    proxy.go_silent();
    worker.stop();
    assert!(worker.has_ended_within(Duration::from_secs(30)), "{}", worker.log());
}
