//! The API: its keys, its refusals and its pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{API_KEY, Answer, App};

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

/// Every route that needs a key.
const GUARDED: [&str; 8] = [
    "/api/v1/tenants",
    "/api/v1/tenants/demo",
    "/api/v1/tenants/demo/access",
    "/api/v1/tenants/demo/timeline",
    "/api/v1/events",
    "/api/v1/events/evt_1",
    "/api/v1/notices",
    "/api/v1/nothing_here",
];

#[test]
fn without_a_key_there_is_nothing_to_see() {
    let app = App::spawn_with(&[("DUNLIN_API_KEYS", "the-first-key-0123456789,the-second-key-0123456789")]);
    app.get("/healthz");
    for path in GUARDED {
        for wrong in [
            None,
            Some("Bearer nope"),
            Some("Bearer "),
            Some("Basic dTpw"),
            Some("Basic dGhlLWZpcnN0LWtleS0wMTIzNDU2Nzg5"),
            Some("Basic ?"),
            Some("the-first-key-0123456789"),
            Some("Bearer the-first-key-012345678"),
        ] {
            let answer = app.get_as(wrong, path);
            assert_eq!(code(&answer), (401, "unauthorized"), "{path} with {wrong:?}");
        }
        for right in [
            "Bearer the-first-key-0123456789",
            "Bearer the-second-key-0123456789",
            // `any:the-first-key-0123456789`
            "Basic YW55OnRoZS1maXJzdC1rZXktMDEyMzQ1Njc4OQ==",
        ] {
            assert_ne!(app.get_as(Some(right), path).status, 401, "{path}");
        }
    }
}

#[test]
fn a_tenant_is_made_updated_and_kept_as_it_is_where_nothing_is_said() {
    let app = App::spawn();
    let whole = json!({"name": "Acme", "stripe_customer_id": "cus_acme", "locale": "da-DK", "timezone": "Europe/Copenhagen",
        "contacts": [{"email": "bo@example.com", "name": "Bo", "role": "billing"}]});
    let made = app.put("/api/v1/tenants/acme", &whole);
    assert_eq!((made.status, &made.body["mail_locale"]), (201, &json!("da")));
    for (field, value) in whole.as_object().unwrap() {
        assert_eq!(&made.body[field], value, "{field}");
    }
    let updated = app.put("/api/v1/tenants/acme", &json!({"name": "Acme A/S"}));
    assert_eq!(
        (updated.status, &updated.body["name"], &updated.body["timezone"]),
        (200, &json!("Acme A/S"), &json!("Europe/Copenhagen"))
    );
    assert_eq!(updated.body["contacts"], whole["contacts"]);
    let unbound = app.put("/api/v1/tenants/acme", &json!({"stripe_customer_id": null}));
    assert_eq!(unbound.body["stripe_customer_id"], json!(null));
    assert_eq!(app.get("/api/v1/tenants/acme").body, unbound.body);
}

#[test]
fn a_tenant_is_told_which_language_its_mails_are_written_in() {
    let app = App::spawn();
    for (locale, mail_locale) in [("en-GB", "en-GB"), ("en-AU", "en"), ("de-AT", "de"), ("sv-SE", "en")] {
        let put = app.put("/api/v1/tenants/acme", &json!({"locale": locale}));
        assert_eq!(
            (&put.body["locale"], &put.body["mail_locale"]),
            (&json!(locale), &json!(mail_locale))
        );
        assert_eq!(app.get("/api/v1/tenants/acme").body["mail_locale"], mail_locale);
    }
}

#[test]
fn a_contact_is_shown_as_it_was_written_whatever_its_letters() {
    let app = App::spawn();
    let contacts = json!([
        {"email": "bo@sm\u{f8}rrebr\u{f8}d.example", "name": "Bo", "role": "billing"},
        {"email": "b\u{f8}rge@example.com", "name": "B\u{f8}rge", "role": "billing"},
    ]);
    let made = app.put("/api/v1/tenants/acme", &json!({"contacts": contacts}));
    assert_eq!((made.status, &made.body["contacts"]), (201, &contacts));
}

#[test]
fn the_first_tenant_to_claim_a_customer_keeps_it() {
    let app = App::spawn();
    assert_eq!(app.bind("first", "cus_1").status, 201);
    let second = app.bind("second", "cus_1");
    assert_eq!(code(&second), (409, "customer_taken"));
    assert!(
        !second.body.to_string().contains("first"),
        "whose it is, is not for the caller"
    );
    assert_eq!(app.get("/api/v1/tenants/second").status, 404);
    assert_eq!(app.bind("first", "cus_1").status, 200);
}

#[test]
fn moving_a_tenant_to_another_customer_gives_it_that_one_s_state() {
    let app = App::spawn();
    app.trigger("customer.subscription.updated");
    app.bind("acme", "cus_demo");
    assert_eq!(app.status_and_reason("acme").0, json!("active"));
    app.bind("acme", "cus_unheard_of");
    assert_eq!(app.status_and_reason("acme"), (json!(null), json!("no_subscription")));
    app.bind("acme", "cus_demo");
    assert_eq!(app.status_and_reason("acme").0, json!("active"));
}

#[test]
fn a_request_that_makes_no_sense_is_a_clear_400() {
    let app = App::spawn();
    for (id, what) in [
        ("a%2Fb", "slash"),
        (&"x".repeat(65) as &str, "65 characters"),
        ("%20", "blank"),
        ("..%2F", "dots"),
        ("%F0%9F%90%A6", "bird"),
    ] {
        assert_eq!(code(&app.bind(id, "cus_1")), (400, "invalid_tenant_id"), "{what}");
    }
    assert_eq!(app.put("/api/v1/tenants/", &json!({})).status, 404);
    for (body, part) in [
        (json!({"nmae": "Acme"}), "nmae"),
        (
            json!({"contacts": [{"email": "a@example.com", "role": "owner", "phone": "1"}]}),
            "phone",
        ),
        (json!({"contacts": [{"email": "a@example.com", "role": "boss"}]}), "boss"),
        (
            json!({"contacts": [{"email": "not an address", "role": "owner"}]}),
            "email address",
        ),
        (
            json!({"contacts": [{"email": "bo@[127.0.0.1", "role": "owner"}]}),
            "email address",
        ),
        (
            json!({"contacts": [{"email": "\"b o\"@ex ample.com", "role": "owner"}]}),
            "email address",
        ),
        (
            json!({"contacts": [{"email": "a@example.com\r\nBcc: b@example.com", "role": "owner"}]}),
            "email address",
        ),
        (
            json!({"contacts": [{"email": "bo@-\u{f8}.example", "role": "owner"}]}),
            "internationalized domain name",
        ),
        (json!({"name": "a\u{0}b"}), "name"),
        (json!({"name": "x".repeat(201)}), "name"),
        (json!({"locale": "da_DK!"}), "locale"),
        (json!({"timezone": "Mars/Olympus"}), "timezone"),
        (json!({"stripe_customer_id": "cus 1"}), "stripe_customer_id"),
        (json!({"stripe_customer_id": 7}), "invalid type"),
        (json!([]), "invalid"),
    ] {
        let answer = app.put("/api/v1/tenants/acme", &body);
        assert_eq!(code(&answer), (400, "invalid_body"), "{body}");
        assert!(
            answer.body["detail"].as_str().unwrap().contains(part),
            "{body}: {}",
            answer.body
        );
        assert_eq!(answer.content_type, "application/problem+json");
    }
    for query in [
        "/api/v1/tenants?limit=0",
        "/api/v1/tenants?limit=201",
        "/api/v1/tenants?sort=up",
        "/api/v1/events?cursor=x",
        "/api/v1/events?outcome=odd",
        "/api/v1/notices?limit=-1",
    ] {
        assert_eq!(code(&app.get(query)), (400, "invalid_query"), "{query}");
    }
    assert_eq!(app.get("/api/v1/tenants/acme").status, 404, "nothing of it was kept");
}

#[test]
fn lists_are_paged_without_gap_or_repetition() {
    let app = App::spawn();
    for n in 0..7 {
        app.bind(&format!("t{n}"), &format!("cus_{n}"));
        app.deliver(&crate::support::event_with(
            "customer.subscription.deleted",
            &format!("cus_{n}"),
            &format!("sub_{n}"),
            &[],
        ));
    }
    let walk = |path: &str, key: &str| {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = app.get(&format!("{path}limit=3{cursor}")).body;
            seen.extend(page["data"].as_array().unwrap().iter().map(|item| item[key].clone()));
            match &page["next_cursor"] {
                Value::String(next) => cursor = format!("&cursor={next}"),
                _ => return seen,
            }
        }
    };
    let tenants = walk("/api/v1/tenants?status=canceled&", "id");
    assert_eq!(tenants, (0..7).map(|n| json!(format!("t{n}"))).collect::<Vec<_>>());
    let mut events = walk("/api/v1/events?", "id");
    assert_eq!(events.len(), 7);
    events.dedup();
    assert_eq!(events.len(), 7);
    assert_eq!(walk("/api/v1/notices?", "id").len(), 14);
    assert_eq!(walk("/api/v1/tenants/t0/timeline?", "what").len(), 4);
    assert_eq!(app.get("/api/v1/tenants?status=active").body["data"], json!([]));
}

#[test]
fn the_api_describes_itself_and_says_how_it_is() {
    let app = App::spawn();
    let description = app.get_as(None, "/api/v1/openapi.json").body;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths: Vec<&String> = description["paths"].as_object().unwrap().keys().collect();
    let described = [
        "/api/v1/drift",
        "/api/v1/events",
        "/api/v1/events/{event_id}",
        "/api/v1/mail/bounces",
        "/api/v1/notices",
        "/api/v1/notices/{id}/drop",
        "/api/v1/notices/{id}/retry",
        "/api/v1/openapi.json",
        "/api/v1/proposals",
        "/api/v1/proposals/{id}/accept",
        "/api/v1/proposals/{id}/dismiss",
        "/api/v1/reads",
        "/api/v1/reconciliation",
        "/api/v1/stripe/webhook",
        "/api/v1/suppressed-addresses",
        "/api/v1/suppressed-addresses/{email}",
        "/api/v1/tenants",
        "/api/v1/tenants/{tenant_id}",
        "/api/v1/tenants/{tenant_id}/access",
        "/api/v1/tenants/{tenant_id}/sync",
        "/api/v1/tenants/{tenant_id}/timeline",
        "/healthz",
        "/l/{token}",
        "/metrics",
        "/readyz",
    ];
    let mut sorted = paths.clone();
    sorted.sort();
    assert_eq!(sorted, described);
    let items = description["paths"].as_object().unwrap().values();
    let operations: Vec<&Value> = items.flat_map(|item| item.as_object().unwrap().values()).collect();
    let names: BTreeSet<&str> = operations
        .iter()
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), operations.len(), "no two operations have one name: {names:?}");
    for operation in operations {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let is_plain = !response["content"]["application/json"].is_null();
            assert!(
                status.as_str() < "400" || !is_plain,
                "{operation}: {status} is a problem document"
            );
        }
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            (app.get_as(None, path).status, &app.get_as(None, path).body["status"]),
            (200, &json!("ok"))
        );
    }
    let nothing = app.get_as(Some(&format!("Bearer {API_KEY}")), "/nowhere");
    assert_eq!(code(&nothing), (404, "not_found"));
}
