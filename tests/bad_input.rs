//! Invalid input: each request gets a clear answer, none a 500, and nothing verified is lost.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Trigger;

use crate::support::{Answer, App, event_body, event_with, now, signature};

const MIB: usize = 1024 * 1024;

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

#[test]
fn a_signature_that_is_missing_or_wrong_is_400_and_writes_nothing() {
    let app = App::spawn();
    let body = event_body(&Trigger::new("customer.subscription.created"));
    let good = signature(&body);
    let (t, v1) = (now(), good.split_once(",v1=").unwrap().1.to_owned());
    let old = stripe_signature::sign(
        &stripe_signature::Secret::parse(crate::support::SECRET).unwrap(),
        &body,
        t - 400,
    );
    let new = stripe_signature::sign(
        &stripe_signature::Secret::parse(crate::support::SECRET).unwrap(),
        &body,
        t + 400,
    );
    for (header, wanted) in [
        (signature(b"another body"), "signature_no_match"),
        (format!("t={t},v1={}", "0".repeat(64)), "signature_no_match"),
        (format!("t={t},v1={}", &v1[..63]), "signature_no_match"),
        (format!("t={t},v0={v1}"), "signature_no_v1"),
        (format!("t={t},t={t},v1={v1}"), "signature_malformed"),
        (format!("t=+{t},v1={v1}"), "signature_malformed"),
        (format!("t=1e9,v1={v1}"), "signature_malformed"),
        (format!("v1={v1}"), "signature_malformed"),
        (format!("t={t}{}", ",v1=00".repeat(16)), "signature_malformed"),
        ("nonsense".to_owned(), "signature_malformed"),
        (String::new(), "signature_malformed"),
        (old, "signature_too_old"),
        (new, "signature_too_new"),
    ] {
        let answer = app.deliver_as(&header, &body);
        assert_eq!(code(&answer), (400, wanted), "{header}");
        assert_eq!(answer.content_type, "application/problem+json");
    }
    let head = format!(
        "POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    let text = String::from_utf8(body.clone()).unwrap();
    let none = app.speak(format!("{head}\r\n{text}").as_bytes(), Duration::from_secs(5));
    assert!(
        none.starts_with("HTTP/1.1 400") && none.contains("signature_missing"),
        "{none}"
    );
    let two = app.speak(
        format!("{head}Stripe-Signature: {good}\r\nStripe-Signature: {good}\r\n\r\n{text}").as_bytes(),
        Duration::from_secs(5),
    );
    assert!(
        two.starts_with("HTTP/1.1 400") && two.contains("signature_malformed"),
        "{two}"
    );
    let nul = app.speak(
        format!("{head}Stripe-Signature: {good}\0\r\n\r\n{text}").as_bytes(),
        Duration::from_secs(5),
    );
    assert!(nul.starts_with("HTTP/1.1 400"), "{nul}");
    assert_eq!(app.get("/api/v1/events").body["data"], json!([]));
}

#[test]
fn a_signed_body_that_cannot_be_read_is_kept_for_a_person_and_answered_200() {
    let app = App::spawn();
    let event = |field: &str, value: &str| {
        let body = String::from_utf8(event_body(&Trigger::new("invoice.paid"))).unwrap();
        let whole: Value = serde_json::from_str(&body).unwrap();
        let was = format!("\"{field}\": {}", whole[field]);
        assert!(body.contains(&was));
        body.replacen(&was, &format!("\"{field}\": {value}"), 1).into_bytes()
    };
    let duplicate_id = {
        let body = String::from_utf8(event_body(&Trigger::new("invoice.paid"))).unwrap();
        body.replacen('{', "{\"id\":\"evt_other\",", 1).into_bytes()
    };
    let deep = format!("{{\"id\":\"evt_deep\",\"deep\":{}{}}}", "[".repeat(128), "]".repeat(128)).into_bytes();
    let bodies: [(&str, Vec<u8>); 12] = [
        ("empty", Vec::new()),
        ("not JSON", b"hello".to_vec()),
        ("not an object", b"[1]".to_vec()),
        ("invalid UTF-8", b"{\"id\":\"evt_\xff\"}".to_vec()),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf".as_slice(), &event_body(&Trigger::new("invoice.paid"))].concat(),
        ),
        ("a duplicate id", duplicate_id),
        ("129 levels", deep),
        ("created negative", event("created", "-5")),
        ("created 1e400", event("created", "1e400")),
        ("created text", event("created", "\"yesterday\"")),
        ("id empty", event("id", "\"\"")),
        ("a lone surrogate", event("id", "\"\\ud800\"")),
    ];
    for (n, (what, body)) in bodies.iter().enumerate() {
        let answer = app.deliver(body);
        assert_eq!(
            (answer.status, &answer.body["outcome"]),
            (200, &json!("quarantined")),
            "{what}: {answer:?}"
        );
        let id = answer.body["event_id"].as_str().unwrap().to_owned();
        assert!(id.starts_with("raw_"), "{what}");
        assert_eq!(app.deliver(body).body["status"], "duplicate", "{what}");
        let kept = app.get(&format!("/api/v1/events/{id}")).body;
        assert_eq!(kept["payload"], json!(String::from_utf8_lossy(body)), "{what}");
        assert!(!kept["reason"].as_str().unwrap().is_empty(), "{what}");
        let listed = app.get("/api/v1/events?outcome=quarantined").body;
        assert_eq!(listed["data"].as_array().unwrap().len(), n + 1, "{what}");
    }
}

#[test]
fn an_object_that_cannot_be_read_is_quarantined_under_its_own_event() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    let orphan = event_with("customer.subscription.updated", "cus_demo", "sub_demo", &["customer=null"]);
    let answer = app.deliver(&orphan);
    assert_eq!((answer.status, &answer.body["outcome"]), (200, &json!("quarantined")));
    let id = answer.body["event_id"].as_str().unwrap();
    assert!(id.starts_with("evt_"));
    let kept = app.get(&format!("/api/v1/events/{id}")).body;
    assert!(kept["reason"].as_str().unwrap().contains("subscription.customer"), "{kept}");
    assert_eq!(app.status_and_reason("demo").0, json!(null));
}

#[test]
fn a_word_that_no_database_keeps_is_quarantined_and_none_is_looked_for() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    let long = "x".repeat(3000);
    for odd in [
        format!("status={long}"),
        "status=act\0ive".to_owned(),
        format!("id=sub_{long}"),
        format!("customer=cus_{long}"),
        "customer=cus_\0".to_owned(),
    ] {
        let body = event_with("customer.subscription.updated", "cus_demo", "sub_demo", &[&odd]);
        let answer = app.deliver(&body);
        assert_eq!(
            (answer.status, &answer.body["outcome"]),
            (200, &json!("quarantined")),
            "{odd}: {answer:?}"
        );
        let id = answer.body["event_id"].as_str().unwrap();
        assert_eq!(app.get(&format!("/api/v1/events/{id}")).status, 200);
    }
    for path in [
        "events/%00",
        "tenants/a%00b",
        "tenants/%00/access",
        "events?customer=%00",
        "tenants?cursor=a%00",
    ] {
        let answer = app.get(&format!("/api/v1/{path}"));
        assert_eq!(code(&answer), (400, "invalid_path"), "{path}");
    }
}

#[test]
fn an_object_that_is_told_of_two_customers_is_noted_and_no_difference() {
    let app = App::spawn();
    for customer in ["cus_one", "cus_two"] {
        let body = event_with("customer.subscription.updated", customer, "sub_shared", &[]);
        assert_eq!(app.deliver(&body).body["outcome"], "applied");
    }
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
    assert!(
        report.contains("note: subscription sub_shared: was told of cus_one and of cus_two"),
        "{report}"
    );
}

#[test]
fn what_is_new_to_us_is_no_error() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    let odd = event_with(
        "customer.subscription.updated",
        "cus_demo",
        "sub_demo",
        &["status=hibernating", "brand_new={\"a\":[1]}"],
    );
    assert_eq!(app.deliver(&odd).body["outcome"], "applied");
    assert_eq!(app.status_and_reason("demo"), (json!("hibernating"), json!("unknown")));
    assert_eq!(app.get("/api/v1/tenants/demo/access").body["allowed"], json!(true));
    let bare = event_with("invoice.paid", "cus_demo", "sub_demo", &["lines=null"]);
    assert_eq!(app.deliver(&bare).body["outcome"], "applied");
}

#[test]
fn a_body_of_one_mebibyte_is_read_and_one_byte_more_is_413() {
    let app = App::spawn();
    let padded = |size: usize| {
        let mut body = event_body(&Trigger::new("customer.updated"));
        body.resize(size, b' ');
        body
    };
    assert_eq!(app.deliver(&padded(MIB)).status, 200);
    let large = padded(MIB + 1);
    let header = signature(&large);
    let head = format!("POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: x\r\nStripe-Signature: {header}\r\n");
    let sized = [format!("{head}Content-Length: {}\r\n\r\n", large.len()).as_bytes(), &large].concat();
    let chunk = [
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", large.len()).as_bytes(),
        &large,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    for (how, request) in [("with its length", sized), ("in chunks", chunk)] {
        let answer = app.speak(&request, Duration::from_secs(5));
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_large"),
            "{how}: {answer}"
        );
    }
    assert_eq!(app.get("/api/v1/events").body["data"].as_array().unwrap().len(), 1);
}

#[test]
fn an_encoded_body_is_415() {
    let app = App::spawn();
    let body = event_body(&Trigger::new("invoice.paid"));
    let head = format!(
        "POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: gzip\r\nStripe-Signature: {}\r\nContent-Length: {}\r\n\r\n",
        signature(&body),
        body.len()
    );
    let answer = app.speak(&[head.as_bytes(), &body].concat(), Duration::from_secs(5));
    assert!(
        answer.starts_with("HTTP/1.1 415") && answer.contains("encoded_body"),
        "{answer}"
    );
}

#[test]
fn a_store_that_cannot_write_is_503_with_retry_after_and_nothing_is_remembered() {
    let app = App::spawn();
    let body = event_body(&Trigger::new("invoice.paid"));
    let lock = app.hold_write_lock();
    let refused = app.deliver(&body);
    assert_eq!(
        (refused.status, refused.retry_after.as_deref()),
        (503, Some("5")),
        "{refused:?}"
    );
    assert_eq!(refused.content_type, "application/problem+json");
    drop(lock);
    assert_eq!(
        app.deliver(&body).body["status"],
        "ok",
        "a delivery that failed is new when it comes again"
    );
}
