//! Deliveries: signed by others, repeated, concurrent, about unknown customers, of other modes and accounts.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;
use simulator::Trigger;
use stripe_signature::{Secret, sign};

use crate::support::{App, SECRET, event_body, event_with, now, signature};

/// Signs with `openssl dgst`, a signer that shares no code with Dunlin.
fn openssl_hmac(secret: &str, message: &[u8]) -> String {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed (Debian: apt-get install openssl)");
    openssl.stdin.take().unwrap().write_all(message).unwrap();
    let output = openssl.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_delivery_signed_by_openssl_is_accepted() {
    let app = App::spawn();
    let body = event_body(&Trigger::new("customer.subscription.created"));
    let t = now();
    let v1 = openssl_hmac(SECRET, &[format!("{t}.").as_bytes(), &body].concat());
    let answer = app.deliver_as(&format!("t={t},v1={v1}"), &body);
    assert_eq!((answer.status, &answer.body["status"]), (200, &json!("ok")));
}

#[test]
fn during_a_roll_either_secret_counts_and_so_does_either_place_in_the_header() {
    let app = App::spawn_with(&[("DUNLIN_STRIPE_WEBHOOK_SECRETS", "whsec_the_old_one,whsec_the_new_one")]);
    let v1 = |secret: &str, body: &[u8], t| {
        let header = sign(&Secret::parse(secret).unwrap(), body, t);
        header.split_once(",v1=").unwrap().1.to_owned()
    };
    for secret in ["whsec_the_old_one", "whsec_the_new_one"] {
        for good_first in [true, false] {
            let (body, t) = (event_body(&Trigger::new("invoice.paid")), now());
            let (good, other) = (v1(secret, &body, t), v1("whsec_of_somebody_else", &body, t));
            let (first, second) = if good_first { (good, other) } else { (other, good) };
            let answer = app.deliver_as(&format!("t={t},v1={first},v1={second}"), &body);
            assert_eq!(answer.status, 200, "{secret}, good one first: {good_first}");
        }
    }
}

#[test]
fn the_same_event_fifty_times_at_once_is_posted_once() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    app.trigger("customer.subscription.updated");
    let body = event_body(&Trigger::new("invoice.payment_failed"));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let deliveries: Vec<_> = (0..50).map(|_| scope.spawn(|| app.deliver(&body))).collect();
        deliveries.into_iter().map(|delivery| delivery.join().unwrap()).collect()
    });
    let mut counts = BTreeMap::new();
    for answer in &answers {
        assert_eq!(answer.status, 200);
        *counts.entry(answer.body["status"].as_str().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([("duplicate", 49), ("ok", 1)]));
    let events = app.get("/api/v1/events?type=invoice.payment_failed").body;
    assert_eq!(events["data"].as_array().unwrap().len(), 1);
    assert_eq!(app.notices("demo"), ["payment_failed", "payment_failed_alert"]);
}

#[test]
fn another_event_that_repeats_the_same_attempt_owes_no_second_mail() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    app.trigger("customer.subscription.updated");
    app.trigger("invoice.payment_failed");
    app.trigger("invoice.payment_failed");
    assert_eq!(app.notices("demo"), ["payment_failed", "payment_failed_alert"]);
}

#[test]
fn a_stranger_s_event_is_kept_and_shows_the_moment_a_tenant_is_bound() {
    let app = App::spawn();
    for event in [
        "customer.subscription.updated",
        "invoice.payment_failed",
        "payment_method.attached",
    ] {
        assert_eq!(app.trigger(event).status, 200, "{event}");
    }
    let bound = app.bind("late", "cus_demo");
    assert_eq!((bound.status, &bound.body["subscription_status"]), (201, &json!("past_due")));
    assert_eq!(bound.body["livemode"], json!(false));
    // Only what is still true is owed. The new card is past.
    assert_eq!(app.notices("late"), ["payment_failed", "payment_failed_alert"]);
    app.trigger("customer.subscription.deleted");
    assert_eq!(app.notices("late")[2..], ["churn_alert", "subscription_canceled"]);
}

#[test]
fn a_payment_that_overtook_its_failure_owes_nothing() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    app.trigger("customer.subscription.updated");
    app.trigger("invoice.paid");
    app.trigger("invoice.payment_failed");
    assert_eq!(app.status_and_reason("demo").0, json!("active"));
    assert!(app.notices("demo").is_empty());
}

#[test]
fn types_that_do_not_matter_are_kept_and_answered_200() {
    let app = App::spawn();
    let unknown = event_with(
        "checkout.session.completed",
        "cus_demo",
        "sub_demo",
        &["event.type=radar.moon_phase_changed", "client_reference_id=null"],
    );
    // An unknown type may carry anything.
    let answer = app.deliver(&unknown);
    assert_eq!((answer.status, &answer.body["outcome"]), (200, &json!("ignored")));
    let thin = json!({"id": "evt_thin_1", "object": "v2.core.event", "type": "v1.customer.subscription.updated", "livemode": false,
        "created": "2026-11-23T10:00:00.000Z", "related_object": {"id": "sub_demo", "type": "subscription", "url": "/v1/subscriptions/sub_demo"}});
    let answer = app.deliver(thin.to_string().as_bytes());
    assert_eq!(
        (answer.status, &answer.body["outcome"], &answer.body["event_id"]),
        (200, &json!("ignored"), &json!("evt_thin_1"))
    );
}

#[test]
fn an_event_can_be_read_again_as_it_was_sent() {
    let app = App::spawn();
    let body = event_body(&Trigger::new("invoice.paid"));
    let id = app.deliver(&body).body["event_id"].as_str().unwrap().to_owned();
    let event = app.get(&format!("/api/v1/events/{id}")).body;
    let sent: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(event["payload"], sent);
    assert_eq!(
        (&event["type"], &event["customer"], &event["outcome"]),
        (&json!("invoice.paid"), &json!("cus_demo"), &json!("applied"))
    );
}

#[test]
fn modes_and_accounts_are_kept_apart() {
    let app = App::spawn();
    app.put(
        "/api/v1/tenants/live",
        &json!({"stripe_customer_id": "cus_demo", "livemode": true}),
    );
    app.deliver(&event_with(
        "customer.subscription.updated",
        "cus_demo",
        "sub_demo",
        &["event.livemode=true"],
    ));
    app.deliver(&event_with("customer.subscription.deleted", "cus_demo", "sub_demo", &[]));
    let connect = event_with(
        "customer.subscription.deleted",
        "cus_demo",
        "sub_demo",
        &["event.livemode=true", "event.account=\"acct_1\""],
    );
    assert_eq!(app.deliver(&connect).body["outcome"], "applied");
    assert_eq!(app.status_and_reason("live").0, json!("active"));
    app.put(
        "/api/v1/tenants/connected",
        &json!({"stripe_customer_id": "cus_demo", "stripe_account": "acct_1"}),
    );
    assert_eq!(app.status_and_reason("connected").0, json!("canceled"));
    let (is_right, report) = app.audit();
    assert!(
        is_right && report.contains("3 customers, 3 events: 0 differences"),
        "{report}"
    );
}

#[test]
fn what_is_not_ours_is_kept_without_effect() {
    let app = App::spawn_with(&[("DUNLIN_STRIPE_LIVEMODE", "true")]);
    app.bind("demo", "cus_demo");
    let answer = app.trigger("customer.subscription.created");
    assert_eq!((answer.status, &answer.body["outcome"]), (200, &json!("foreign")));
    assert_eq!(app.status_and_reason("demo").0, json!(null));
    assert_eq!(
        app.get("/api/v1/events?outcome=foreign").body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn nothing_personal_or_secret_is_logged() {
    let app = App::spawn();
    app.put("/api/v1/tenants/demo", &json!({"stripe_customer_id": "cus_demo", "name": "Hush Ltd", "contacts": [{"email": "hush@example.com", "role": "owner"}]}));
    app.trigger("customer.subscription.updated");
    app.trigger("invoice.payment_failed");
    let body = event_body(&Trigger::new("invoice.paid"));
    app.deliver_as(&signature(b"something else"), &body);
    app.deliver(b"{\"email\": \"hush@example.com\"");
    let log = app.log();
    assert!(
        log.contains("\"tenant.id\":\"demo\"") && log.contains("\"outcome\":\"applied\""),
        "{log}"
    );
    for private in [SECRET, crate::support::API_KEY, "hush", "Hush", "mara", "whsec_"] {
        assert!(!log.contains(private), "{private} is in the log: {log}");
    }
}
