//! Facts that no webhook delivered are found by asking Stripe, and no answer counts that may be about somebody else.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::api::Fault;
use simulator::{FakeStripe, Lifecycle};
use stripe_event::Subscription;

use crate::support::stripe::{self, settled_stripe};
use crate::support::{App, STRIPE_KEY as KEY, now, trigger};

const PATIENCE: Duration = Duration::from_mins(1);

/// Starts a server that asks this Stripe, often.
fn server(url: &str) -> App {
    App::spawn_with(&[
        KEY,
        ("DUNLIN_STRIPE_API_URL", url),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
        ("DUNLIN_RECONCILE_INTERVAL_SECS", "1"),
    ])
}

/// Starts a server that does not ask.
fn server_without_a_key() -> App {
    App::spawn_with(&[("DUNLIN_STRIPE_LIVEMODE", "false")])
}

/// Makes something happen to `sub_a` of `cus_a`, this many seconds from now.
fn happens(stripe: &FakeStripe, event: &str, status: &str, in_secs: i64) -> (String, Vec<u8>) {
    let trigger = trigger(event, "cus_a", "sub_a", &[&format!("status={status}")]);
    stripe::happens(stripe, &trigger, now() + in_secs)
}

impl App {
    fn status_of(&self, tenant: &str) -> Value {
        self.get(&format!("/api/v1/tenants/{tenant}")).body["subscription_status"].clone()
    }

    fn drift(&self) -> Vec<Value> {
        self.get("/api/v1/drift").body["data"].as_array().unwrap().clone()
    }

    fn reconciliation(&self) -> Value {
        self.get("/api/v1/reconciliation").body
    }
}

#[test]
fn a_last_event_that_was_lost_is_found_and_told_as_drift() {
    let (stripe, url, _serving) = settled_stripe();
    let app = server(&url);
    app.bind("acme", "cus_a");
    app.wait_until_reconciled();
    let (_, begun) = happens(&stripe, "customer.subscription.created", "active", 0);
    assert_eq!(app.deliver(&begun).status, 200);
    let (lost, _) = happens(&stripe, "customer.subscription.deleted", "canceled", 5);
    app.wait_for(PATIENCE, || (app.status_of("acme") == "canceled").then_some(()));
    let drift = app.drift();
    assert!(drift.iter().any(|drift| drift["event_id"] == json!(lost)), "{drift:?}");
    assert!(app.audit().0);
    app.wait_for(PATIENCE, || {
        (app.reconciliation()["drift_last_day"].as_u64() >= Some(1)).then_some(())
    });
}

#[test]
fn all_that_was_lost_while_the_endpoint_was_disabled_is_caught_up_with() {
    let stripe = FakeStripe::new(false);
    let lives: Vec<Lifecycle> = (1..=40).map(Lifecycle::from_seed).collect();
    for life in &lives {
        stripe.tell(&life.events);
    }
    let last = lives
        .iter()
        .flat_map(|life| &life.events)
        .map(|event| event.created)
        .max()
        .unwrap();
    stripe.set_now(last + 3_600);
    let (url, _serving) = stripe.serve().unwrap();
    let app = server(&url);
    app.wait_until_reconciled();
    assert_eq!(app.reconciliation()["failure"], Value::Null, "{}", app.log());
    for (nth, life) in lives.iter().enumerate() {
        let tenant = format!("tenant-{nth}");
        app.bind(&tenant, &life.customer);
        let truth = life.truth().subscriptions;
        let shown = app.get(&format!("/api/v1/tenants/{tenant}")).body;
        let is_true = match shown["stripe_subscription_id"].as_str() {
            Some(id) => shown["subscription_status"] == truth[id].status.as_str(),
            None => truth.is_empty(),
        };
        assert!(is_true, "seed {}: {shown} is not {:?}", nth + 1, statuses(&truth));
    }
    assert!(app.audit().0);
    // Events from before the server's start are nobody's loss.
    assert_eq!(app.drift(), Vec::<Value>::new());
}

fn statuses<'a>(truth: &'a BTreeMap<String, Subscription<'static>>) -> Vec<(&'a str, &'a str)> {
    let status = truth
        .iter()
        .map(|(id, subscription)| (id.as_str(), subscription.status.as_str()));
    status.collect()
}

#[test]
fn wrong_key_404_changes_nothing_and_is_told() {
    let (stripe, url, _serving) = settled_stripe();
    let app = server(&url);
    app.bind("acme", "cus_a");
    let (_, begun) = happens(&stripe, "customer.subscription.created", "active", 0);
    assert_eq!(app.deliver(&begun).status, 200);
    stripe.faults().everywhere(&Fault::OtherAccount);
    let failure = app.wait_for(PATIENCE, || app.reconciliation()["failure"].as_str().map(str::to_owned));
    assert!(failure.contains("another account"), "{failure}");
    assert_eq!(app.status_of("acme"), "active");
    assert_eq!(app.drift(), Vec::<Value>::new());
}

#[test]
fn a_key_of_the_other_mode_is_not_used() {
    let (stripe, url, _serving) = settled_stripe();
    let app = App::spawn_with(&[KEY, ("DUNLIN_STRIPE_API_URL", &url), ("DUNLIN_STRIPE_LIVEMODE", "true")]);
    assert!(app.log().contains("Stripe is not asked"), "{}", app.log());
    assert_eq!(app.reconciliation()["enabled"], false);
    // The doctor tries what the key may do. Nothing else lists events of a time, or all subscriptions.
    app.wait_for(PATIENCE, || app.get("/readyz?verbose").body["doctor"].as_object().map(drop));
    let tried = stripe.requests();
    let is_learning = |name: &str| name.starts_with("created") || name == "status";
    let learned_from = tried
        .iter()
        .filter(|asked| asked.params.iter().any(|(name, _)| is_learning(name)));
    assert!(!tried.is_empty() && learned_from.count() == 0, "{tried:?}");
}

#[test]
fn a_dry_run_says_what_a_run_then_puts_right() {
    let (stripe, url, _serving) = settled_stripe();
    let app = server_without_a_key();
    app.bind("acme", "cus_a");
    let (_, begun) = happens(&stripe, "customer.subscription.created", "active", 0);
    assert_eq!(app.deliver(&begun).status, 200);
    let (lost, _) = happens(&stripe, "customer.subscription.deleted", "canceled", 5);
    let (ran, said) = app.reconcile(&url, &["--dry-run", "--since", "7d"]);
    assert!(ran && said.contains(&lost) && said.contains("canceled"), "{said}");
    assert_eq!(app.status_of("acme"), "active");
    let (ran, said) = app.reconcile(&url, &[]);
    assert!(ran && said.contains(&lost) && said.contains("acme"), "{said}");
    assert_eq!(app.status_of("acme"), "canceled");
    let (ran, said) = app.reconcile(&url, &[]);
    assert!(ran && said.contains("Nothing was wrong."), "{said}");
}

#[test]
fn a_tenant_is_read_when_an_operator_asks() {
    let (stripe, url, _serving) = settled_stripe();
    let app = App::spawn_with(&[KEY, ("DUNLIN_STRIPE_API_URL", &url)]);
    app.bind("acme", "cus_a");
    app.wait_until_reconciled();
    happens(&stripe, "customer.subscription.created", "active", 0);
    let synced = app.post("/api/v1/tenants/acme/sync");
    assert_eq!(
        (synced.status, synced.body),
        (200, json!({"read": 1, "accepted": 1, "again": 0}))
    );
    assert_eq!(app.status_of("acme"), "active");
    let refused = server_without_a_key().post("/api/v1/tenants/acme/sync");
    assert_eq!(refused.status, 404);
}

/// Makes a loop within one second, whose beginning is unknown: two answers are possible.
fn cannot_be_put_in_order(stripe: &FakeStripe, app: &App) {
    let second = now();
    for (status, previous) in [("past_due", "active"), ("active", "past_due")] {
        let overrides = [format!("status={status}"), format!("previous.status={previous}")];
        let trigger = trigger(
            "customer.subscription.updated",
            "cus_a",
            "sub_a",
            &overrides.each_ref().map(String::as_str),
        );
        let (_, body) = stripe::happens(stripe, &trigger, second);
        assert_eq!(app.deliver(&body).status, 200);
    }
}

/// Starts a server that reads subscriptions in doubt, and checks everything only at its start.
fn server_that_only_reads(url: &str) -> App {
    let app = App::spawn_with(&[
        KEY,
        ("DUNLIN_STRIPE_API_URL", url),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
        ("DUNLIN_RECONCILE_INTERVAL_SECS", "86400"),
    ]);
    app.bind("acme", "cus_a");
    app.wait_until_reconciled();
    app
}

#[test]
fn what_is_in_doubt_is_read_by_itself_and_certain_then() {
    let (stripe, url, _serving) = settled_stripe();
    let app = server_that_only_reads(&url);
    cannot_be_put_in_order(&stripe, &app);
    let settled = || (app.get("/api/v1/reads").body["data"] == json!([])).then_some(());
    app.wait_for(PATIENCE, settled);
    let tenant = app.get("/api/v1/tenants/acme").body;
    assert_eq!(
        [&tenant["subscription_status"], &tenant["certain"], &tenant["gap"]],
        [&json!("active"), &json!(true), &json!(false)]
    );
    assert!(app.audit().0);
}

#[test]
fn a_subscription_that_stripe_does_not_know_is_an_alarm_and_stays_what_it_was() {
    let (stripe, url, _serving) = settled_stripe();
    let app = server_that_only_reads(&url);
    stripe.faults().everywhere(&Fault::OtherAccount);
    cannot_be_put_in_order(&stripe, &app);
    let alarm = app.wait_for(PATIENCE, || {
        app.get("/api/v1/reads?alarm=true").body["data"]
            .as_array()
            .unwrap()
            .first()
            .cloned()
    });
    assert_eq!((&alarm["subscription_id"], &alarm["attempts"]), (&json!("sub_a"), &json!(1)));
    assert!(alarm["failure"].as_str().unwrap().contains("Stripe knows no"), "{alarm}");
    assert_eq!(app.get("/api/v1/tenants/acme").body["certain"], false);
    assert_eq!(app.reconciliation()["reads_waiting"], 1);
}
