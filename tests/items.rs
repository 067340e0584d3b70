//! A subscription with more items than Stripe shows with it: they are asked for, where there is a key, and flagged where there is
//! none.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{App, STRIPE_KEY, event_with, now};

const PATIENCE: Duration = Duration::from_secs(30);

/// An event about `sub_a` of `cus_a`, which shows the first of its items.
fn first_page() -> Vec<u8> {
    event_with(
        "customer.subscription.created",
        "cus_a",
        "sub_a",
        &["items.has_more=true", "status=active"],
    )
}

/// An answer of Stripe's to this request, if it is one that is known.
fn answer(request: &str) -> Value {
    let event: Value = serde_json::from_slice(&first_page()).unwrap();
    let subscription = &event["data"]["object"];
    let item = |nth: usize| {
        let mut item = subscription["items"]["data"][0].clone();
        item["id"] = json!(format!("si_{nth}"));
        item["price"]["id"] = json!(format!("price_{nth}"));
        item
    };
    let path = request.split(' ').nth(1).unwrap_or_default();
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

fn serve(stream: TcpStream) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let body = answer(&request).to_string();
    let date = jiff::Timestamp::from_second(now())
        .unwrap()
        .strftime("%a, %d %b %Y %H:%M:%S GMT");
    let head = format!(
        "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let written = (&stream).write_all((head + &body).as_bytes());
    drop(written);
}

/// A Stripe that knows this one subscription.
fn stripe() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));
    url
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
    let url = stripe();
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
