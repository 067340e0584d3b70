//! Facts that an event leaves out, which Dunlin asks for if it has a key: the items of a subscription that it does not
//! show, and the payer of a disputed payment.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::answers::stripe_that;
use crate::support::{App, STRIPE_KEY, event_with};

const PATIENCE: Duration = Duration::from_secs(30);

/// Returns an event about `sub_a` of `cus_a`, which shows only the first of its items.
fn first_page() -> Vec<u8> {
    event_with(
        "customer.subscription.created",
        "cus_a",
        "sub_a",
        &["items.has_more=true", "status=active"],
    )
}

/// Returns the answer of a Stripe that knows this one subscription.
fn answer(path: &str) -> Value {
    let event: Value = serde_json::from_slice(&first_page()).unwrap();
    let subscription = &event["data"]["object"];
    let item = |nth: usize| {
        let mut item = subscription["items"]["data"][0].clone();
        item["id"] = json!(format!("si_{nth}"));
        item["price"]["id"] = json!(format!("price_{nth}"));
        item
    };
    if path.starts_with("/v1/subscriptions/") {
        subscription.clone()
    } else if path.contains("subscription_items") && path.contains("starting_after=si_2") {
        json!({"object": "list", "data": [item(3)], "has_more": false})
    } else if path.contains("subscription_items") {
        json!({"object": "list", "data": [item(1), item(2)], "has_more": true})
    } else {
        json!({"object": "list", "data": [], "has_more": false})
    }
}

fn subscription(app: &App) -> Value {
    app.get("/api/v1/tenants/a/access").body["subscription"].clone()
}

#[test]
fn without_a_key_it_is_said_that_there_are_more() {
    let app = App::spawn();
    app.bind("a", "cus_a");
    assert_eq!(app.deliver(&first_page()).status, 200);
    assert_eq!(subscription(&app)["items_incomplete"], true);
    assert_eq!(subscription(&app)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn with_a_key_all_of_them_are_asked_for_page_by_page() {
    let url = stripe_that(answer);
    let app = App::spawn_with(&[
        STRIPE_KEY,
        ("DUNLIN_STRIPE_API_URL", &url),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
    ]);
    app.bind("a", "cus_a");
    assert_eq!(app.deliver(&first_page()).status, 200);
    let complete = app.wait_for(PATIENCE, || {
        Some(subscription(&app)).filter(|subscription| subscription["items_incomplete"] == false)
    });
    let prices: Vec<&str> = complete["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["price"].as_str())
        .collect();
    assert_eq!(prices, ["price_1", "price_2", "price_3"]);
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
}

/// Returns a dispute of `ch_1`, whose customer Stripe does not name.
fn dispute() -> Vec<u8> {
    let dispute = json!({"id": "du_1", "object": "dispute", "charge": "ch_1", "amount": 4_900, "currency": "eur", "reason": "fraudulent",
        "status": "needs_response", "livemode": false});
    let event = json!({"id": "evt_dispute", "object": "event", "api_version": "2026-10-28.endive", "created": crate::support::now(),
        "type": "charge.dispute.created", "livemode": false, "data": {"object": dispute}});
    event.to_string().into_bytes()
}

#[test]
fn who_paid_what_is_disputed_is_asked_where_nobody_has_said() {
    let url = stripe_that(|path| match path {
        "/v1/charges/ch_1" => json!({"id": "ch_1", "object": "charge", "customer": "cus_a", "livemode": false}),
        _ => json!({"object": "list", "data": [], "has_more": false}),
    });
    let app = App::spawn_with(&[
        STRIPE_KEY,
        ("DUNLIN_STRIPE_API_URL", &url),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
    ]);
    app.bind("a", "cus_a");
    assert_eq!(app.deliver(&dispute()).body["outcome"], "applied");
    app.wait_for(PATIENCE, || (app.notices("a") == ["dispute_alert"]).then_some(()));
    let notices = app.get("/api/v1/notices").body;
    let alone = notices["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|notice| notice["tenant_id"] == "");
    assert_eq!(alone.unwrap()["reason"], "payer_found");
}
