//! Upgrades without a pause: old instances on a schema that a newer version expanded, and instances replaced one by
//! one.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use simulator::Trigger;
use test_support::haproxy::Haproxy;
use test_support::ports::lasting_address;
use test_support::postgres::{Cluster, cluster};
use test_support::smtp::SmtpServer;

use crate::support::{App, deliver_to, event_body, refuses_to_serve, signature};

const PATIENCE: Duration = Duration::from_mins(3);

/// A stream of deliveries without end, as stubborn as Stripe's.
#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    /// The events that were answered with 200.
    acknowledged: Mutex<Vec<String>>,
    /// Every answer that was not 200. Each of these deliveries was sent again.
    refused: Mutex<Vec<String>>,
}

impl Load {
    /// Delivers to this address, one event after the other, each until it is taken.
    fn keep_delivering(&self, address: SocketAddr, sender: &str) {
        let names = ["customer.subscription.created", "invoice.payment_failed", "invoice.paid"];
        for n in 0.. {
            let about = format!("{sender}_{}", n / names.len());
            let body = event_body(&Trigger {
                customer: format!("cus_{about}"),
                subscription: format!("sub_{about}"),
                ..Trigger::new(names[n % names.len()])
            });
            loop {
                match deliver_to(address, &signature(&body), &body) {
                    Some(answer) if answer.status == 200 => {
                        let id = answer.body["event_id"].as_str().unwrap().to_owned();
                        self.acknowledged.lock().unwrap().push(id);
                        break;
                    }
                    refused => self.refused.lock().unwrap().push(format!("{refused:?}")),
                }
            }
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Waits until this many more events were taken.
    fn wait_for_more(&self, more: usize, app: &App) {
        let before = self.count();
        app.wait_for(PATIENCE, || (self.count() >= before + more).then_some(()));
    }

    /// Checks that nothing was refused, and that the inbox has all that was taken, these events and `others` more.
    fn check(&self, app: &App, others: usize) {
        let refused = self.refused.lock().unwrap();
        assert!(refused.is_empty(), "{refused:?}");
        assert_eq!(
            app.count_events(),
            self.count() + others,
            "what was answered 200 is there, and nothing else"
        );
    }
}

/// Does `work` while eight senders deliver, in turn to these addresses.
fn under_load(addresses: &[SocketAddr], work: impl FnOnce(&Load)) -> Load {
    let load = Load::default();
    std::thread::scope(|scope| {
        for (nth, &address) in addresses.iter().cycle().take(8).enumerate() {
            let load = &load;
            scope.spawn(move || load.keep_delivering(address, &nth.to_string()));
        }
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&load)));
        load.is_over.store(true, Ordering::Relaxed);
        if let Err(panic) = worked {
            std::panic::resume_unwind(panic);
        }
    });
    load
}

const FROM_THE_FUTURE: &str = "m29990101_000001_from_the_future";

/// Expands the schema as a newer version would, in steps. A transaction that alters several tables may collide with a
/// unit of work. The migrator would retry it, but psql does not.
fn expand(app: &App) {
    let tables = [
        "stripe_event",
        "event_payload",
        "customer",
        "subscription",
        "subscription_fact",
        "invoice",
        "tenant",
        "contact",
        "payment_method",
        "timeline",
        "outbox",
        "suppressed_address",
        "read_task",
        "reconciliation",
        "drift",
        "binding_proposal",
    ];
    let columns = tables
        .map(|table| format!("ALTER TABLE {table} ADD COLUMN told_later TEXT, ADD COLUMN counted_later BIGINT NOT NULL DEFAULT 0"));
    let others = [
        "CREATE TABLE forecast (tenant_id TEXT PRIMARY KEY, amount BIGINT NOT NULL)".to_owned(),
        "CREATE INDEX outbox_by_what_is_told_later ON outbox (told_later)".to_owned(),
        format!("INSERT INTO seaql_migrations VALUES ('{FROM_THE_FUTURE}', 0)"),
    ];
    for step in columns.iter().chain(&others) {
        cluster().execute(Cluster::database_of(app.database_url()), step);
    }
}

/// Makes a tenant whose renewal failed, through this instance.
fn fail(app: &App, name: &str) {
    let tenant = json!({
        "stripe_customer_id": format!("cus_{name}"),
        "contacts": [{"role": "billing", "email": format!("{name}@example.com")}],
    });
    assert_eq!(app.put(&format!("/api/v1/tenants/{name}"), &tenant).status, 201);
    for event in ["customer.subscription.updated", "invoice.payment_failed"] {
        let body = event_body(&Trigger {
            customer: format!("cus_{name}"),
            subscription: format!("sub_{name}"),
            ..Trigger::new(event)
        });
        assert_eq!(app.deliver(&body).body["outcome"], "applied");
    }
}

/// Waits until the mail server has taken a mail to this tenant.
fn is_told(app: &App, smtp: &SmtpServer, name: &str) {
    let to = format!("{name}@example.com");
    app.wait_for(PATIENCE, || {
        let received = smtp.received();
        received.iter().any(|mail| mail.to.contains(&to)).then_some(())
    });
}

#[test]
fn old_instances_go_on_as_ever_on_a_schema_that_a_newer_version_expanded() {
    let smtp = SmtpServer::start();
    let app = App::spawn_with(&[
        ("DUNLIN_SMTP_URL", &smtp.url()),
        ("DUNLIN_MAIL_FROM", "billing@acme.example"),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
    ]);
    let other = app.spawn_beside();
    fail(&app, "before");
    is_told(&app, &smtp, "before");
    let load = under_load(&[app.address, other.address], |load| {
        load.wait_for_more(100, &app);
        expand(&app);
        load.wait_for_more(100, &app);
        for (instance, name) in [(&app, "after"), (&other, "beside")] {
            fail(instance, name);
            is_told(instance, &smtp, name);
            assert_eq!(instance.get_as(None, "/readyz").status, 200);
            assert_eq!(instance.status_and_reason(name).0, "past_due");
            assert_eq!(instance.notices(name), ["payment_failed", "payment_failed_alert"]);
            assert!(!instance.log().contains("\"ERROR\""), "{}", instance.log());
        }
    });
    load.check(&app, 3 * 2);
    // A version that does not know a migration cannot know what to expect after it, nor what it asks of a start.
    let newer = format!("the database has the schema of a newer version ({FROM_THE_FUTURE})");
    let refusal = refuses_to_serve(&[("DUNLIN_DATABASE_URL", app.database_url())]);
    assert!(
        refusal.starts_with(&format!("error: {newer}")) && refusal.lines().count() == 1,
        "{refusal}"
    );
    let refusal = app.audit_refused();
    assert!(refusal.contains(&newer), "{refusal}");
    let database = Cluster::database_of(app.database_url());
    cluster().execute(
        database,
        &format!("DELETE FROM seaql_migrations WHERE version = '{FROM_THE_FUTURE}'"),
    );
    let (is_right, told) = app.audit();
    assert!(is_right && told.contains("0 differences"), "{told}");
}

#[test]
fn instances_are_replaced_one_after_the_other_and_no_delivery_is_refused() {
    let address = lasting_address().to_string();
    let first = App::spawn_with(&[("DUNLIN_LISTEN", &address)]);
    let mut instances = [first.spawn_beside(), first.spawn_beside(), first];
    let addresses = instances.each_ref().map(|instance| instance.address);
    let balancer = Haproxy::start(&addresses);
    let load = under_load(&[balancer.address], |load| {
        for instance in &mut instances {
            load.wait_for_more(50, instance);
            assert!(instance.terminate(), "it ended well: {}", instance.log());
            instance.restart();
            // The balancer has found the instance again.
            instance.wait_for(PATIENCE, || instance.log().contains("event posted").then_some(()));
        }
    });
    load.check(&instances[0], 0);
    let (is_right, report) = instances[0].audit();
    assert!(is_right, "{report}");
}
