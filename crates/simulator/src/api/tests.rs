//! What the fake Stripe answers about made-up lives.

mod events;
mod faults;
mod lists;
mod objects;
mod portal;
mod refusals;
mod server;
mod webhook_endpoint;

use stripe_event::{EventKind, Invoice, Object, Subscription};

use super::*;
use crate::{Lifecycle, Truth};

const KEY: &str = "sk_test_1";
/// A time after every lifecycle.
const END: i64 = 1_900_000_000;

fn asked(method: &str, url: &str) -> Asked {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        params: asked::params(query.as_bytes()),
        account: None,
        api_version: None,
        idempotency_key: None,
    }
}

/// Returns the status and the JSON of an answer.
fn get(stripe: &FakeStripe, url: &str) -> (u16, Value) {
    let reply = stripe.answer(&asked("GET", url), KEY);
    (reply.status, serde_json::from_str(&reply.body).unwrap())
}

fn found(stripe: &FakeStripe, url: &str) -> Value {
    let (status, json) = get(stripe, url);
    assert_eq!(status, 200, "{url}: {json}");
    json
}

fn code(stripe: &FakeStripe, url: &str) -> (u16, Value) {
    let (status, json) = get(stripe, url);
    (status, json["error"]["code"].clone())
}

fn ids(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Returns the ids on all pages of a list.
fn all(stripe: &FakeStripe, url: &str) -> Vec<String> {
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = found(stripe, &format!("{url}{cursor}"));
        listed.extend(ids(&page));
        if page["has_more"] != true {
            return listed;
        }
        cursor = format!("&starting_after={}", listed.last().unwrap());
    }
}

/// Returns a fake Stripe with the whole history of these lives, all of it in the past.
fn lived(seeds: std::ops::Range<u64>) -> (FakeStripe, Vec<Lifecycle>) {
    let lives: Vec<Lifecycle> = seeds.map(Lifecycle::from_seed).collect();
    let stripe = FakeStripe::new(false);
    for life in &lives {
        stripe.tell(&life.events);
    }
    stripe.set_now(END);
    (stripe, lives)
}

fn agrees(stripe: &FakeStripe, truth: &Truth) -> usize {
    for (id, told) in &truth.subscriptions {
        let json = found(stripe, &format!("/v1/subscriptions/{id}")).to_string();
        let shown = Subscription::parse(json.as_bytes()).unwrap();
        assert_eq!((&shown.object, shown.livemode), (told, Some(false)));
    }
    for (id, told) in &truth.invoices {
        let json = found(stripe, &format!("/v1/invoices/{id}")).to_string();
        assert_eq!(&Invoice::parse(json.as_bytes()).unwrap().object, told);
    }
    truth.subscriptions.len() + truth.invoices.len()
}
