//! The main job: a tenant's status follows its events.

use serde_json::json;

use simulator::Trigger;

use crate::support::{App, event_with, new_event_id, now};

#[test]
fn a_tenant_follows_its_subscription_from_trial_to_churn() {
    let app = App::spawn();
    assert_eq!(app.bind("demo", "cus_demo").status, 201);
    assert_eq!(app.status_and_reason("demo"), (json!(null), json!("no_subscription")));
    for (event, status, reason) in [
        ("customer.subscription.created", "trialing", "trialing"),
        ("customer.subscription.trial_will_end", "trialing", "trialing"),
        ("customer.subscription.updated", "active", "active"),
        ("invoice.payment_failed", "past_due", "payment_past_due"),
        ("invoice.payment_action_required", "past_due", "payment_action_required"),
        ("invoice.paid", "active", "active"),
        ("payment_method.attached", "active", "active"),
        ("invoice.upcoming", "active", "active"),
        ("customer.subscription.deleted", "canceled", "canceled"),
    ] {
        let answer = app.trigger(event);
        assert_eq!(
            (answer.status, &answer.body["status"], &answer.body["outcome"]),
            (200, &json!("ok"), &json!("applied")),
            "{event}"
        );
        assert_eq!(app.status_and_reason("demo"), (json!(status), json!(reason)), "after {event}");
    }
    let owed = [
        "trial_started",
        "trial_ending",
        "payment_failed",
        "payment_failed_alert",
        "payment_action_required",
        "payment_recovered",
        "renewal_upcoming",
        "churn_alert",
        "subscription_canceled",
    ];
    assert_eq!(app.notices("demo"), owed);
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
    let tenant = app.get("/api/v1/tenants/demo").body;
    assert_eq!(
        (&tenant["certain"], &tenant["gap"]),
        (&json!(true), &json!(false)),
        "a day's events join up"
    );
    assert!(tenant["trial_end"].as_str().unwrap().ends_with("T00:00:00Z"));
}

#[test]
fn pruning_folds_away_what_was_told_long_ago_and_the_tenant_is_what_it_was() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    let days_ago = |days: i64| now() - days * 86_400;
    let tell = |event: &str, days: i64| {
        let body = Trigger::new(event).event_body(&new_event_id(), days_ago(days)).unwrap();
        assert_eq!(app.deliver(&body).status, 200);
    };
    tell("customer.subscription.created", 100);
    for days in 90..96 {
        tell("customer.subscription.updated", 186 - days);
    }
    tell("customer.subscription.updated", 20);
    let before = app.get("/api/v1/tenants/demo").body;
    // The bodies were received just now. Seven facts are old, and become one.
    assert_eq!(app.prune(), "0 bodies deleted\n6 facts folded away\n");
    assert_eq!(app.prune(), "0 bodies deleted\n0 facts folded away\n");
    assert_eq!(app.get("/api/v1/tenants/demo").body, before);
    let (is_right, report) = app.audit();
    assert!(is_right && report.contains("1 customer, 8 events: 0 differences"), "{report}");
    app.trigger("customer.subscription.deleted");
    assert_eq!(app.status_and_reason("demo"), (json!("canceled"), json!("canceled")));
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
}

#[test]
fn access_tells_what_follows_and_when() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    app.trigger("customer.subscription.updated");
    app.trigger("invoice.payment_failed");
    let access = app.get("/api/v1/tenants/demo/access").body;
    assert_eq!((&access["allowed"], &access["level"]), (&json!(true), &json!("full")));
    assert_eq!(access["then"]["reason"]["code"], "payment_grace_expired");
    assert_eq!(access["dunning"]["attempt_count"], 1);
    assert_eq!(access["dunning"]["amount_due"], json!({"amount": 8700, "currency": "usd"}));
    assert_eq!(access["dunning"]["action_required"], "update_payment_method");
    assert_eq!(access["subscription"]["id"], "sub_demo");
}

#[test]
fn the_timeline_says_which_event_changed_what() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    let created = app.trigger("customer.subscription.created").body["event_id"].clone();
    let updated = app.trigger("customer.subscription.updated").body["event_id"].clone();
    let timeline = app.get("/api/v1/tenants/demo/timeline").body;
    let newest = &timeline["data"][0];
    assert_eq!(
        (&newest["what"], &newest["from"], &newest["to"]),
        (&json!("subscription_status"), &json!("trialing"), &json!("active"))
    );
    assert_eq!(newest["cause"], json!({"kind": "event", "id": updated}));
    assert!(
        timeline["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["cause"]["id"] == created)
    );
}

#[test]
fn a_late_cancellation_does_not_touch_a_tenant_who_subscribed_again() {
    let app = App::spawn();
    app.bind("acme", "cus_acme");
    app.deliver(&event_with("customer.subscription.updated", "cus_acme", "sub_old", &[]));
    app.deliver(&event_with("customer.subscription.updated", "cus_acme", "sub_new", &[]));
    app.deliver(&event_with("customer.subscription.deleted", "cus_acme", "sub_old", &[]));
    let tenant = app.get("/api/v1/tenants/acme").body;
    assert_eq!(
        (&tenant["subscription_status"], &tenant["stripe_subscription_id"]),
        (&json!("active"), &json!("sub_new"))
    );
    assert!(app.notices("acme").is_empty(), "they never left");
}

#[test]
fn every_order_of_a_second_s_events_ends_in_the_same_state() {
    let app = App::spawn();
    let events = [
        ("customer.subscription.created", "status=incomplete", None),
        (
            "customer.subscription.updated",
            "status=active",
            Some("previous.status=incomplete"),
        ),
        (
            "customer.subscription.updated",
            "status=past_due",
            Some("previous.status=active"),
        ),
        (
            "customer.subscription.updated",
            "status=active",
            Some("previous.status=past_due"),
        ),
    ];
    let mut orders = Vec::new();
    permute(&mut [0, 1, 2, 3], 0, &mut orders);
    assert_eq!(orders.len(), 24);
    for (n, order) in orders.iter().enumerate() {
        let (tenant, customer) = (format!("t{n}"), format!("cus_{n}"));
        app.bind(&tenant, &customer);
        for &index in order {
            let (event, status, previous) = events[index];
            let mut overrides = vec![status, "event.created=1800000000"];
            overrides.extend(previous);
            app.deliver(&event_with(event, &customer, &format!("sub_{n}"), &overrides));
        }
        let shown = app.get(&format!("/api/v1/tenants/{tenant}")).body;
        let state = (&shown["subscription_status"], &shown["certain"], &shown["gap"]);
        assert_eq!(
            state,
            (&json!("active"), &json!(true), &json!(false)),
            "delivered in the order {order:?}"
        );
    }
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
}

fn permute(items: &mut [usize; 4], fixed: usize, orders: &mut Vec<[usize; 4]>) {
    if fixed == items.len() {
        orders.push(*items);
        return;
    }
    for index in fixed..items.len() {
        items.swap(fixed, index);
        permute(items, fixed + 1, orders);
        items.swap(fixed, index);
    }
}
