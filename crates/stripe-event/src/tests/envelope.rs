use std::borrow::Cow;

use super::{CLOVER, DAHLIA, event_json, parse, sample};
use crate::{Event, EventError, EventKind, Object, Problem, RelatedObject, Request};

/// Returns a sound envelope with one member replaced or, for `None`, omitted.
fn with(field: &str, value: Option<&str>) -> String {
    let mut members = vec![
        ("id", r#""evt_1""#),
        ("object", r#""event""#),
        ("type", r#""product.created""#),
        ("created", "1767225600"),
        ("livemode", "true"),
        ("data", r#"{"object":{"object":"product","id":"prod_1"}}"#),
    ];
    members.retain(|(name, _)| *name != field);
    if let Some(value) = value {
        members.push((field, value));
    }
    let members: Vec<_> = members.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
    format!("{{{}}}", members.join(","))
}

fn check(field: &'static str, value: Option<&str>, problem: Problem) {
    let json = with(field, value);
    assert_eq!(
        Event::parse(json.as_bytes()).map(|event| event.id),
        Err(EventError::Envelope { field, problem }),
        "{json}"
    );
}

#[test]
fn an_id_or_type_that_cannot_be_stored_is_refused() {
    let long = format!(r#""{}""#, "x".repeat(256));
    for field in ["id", "type"] {
        check(field, None, Problem::Missing);
        check(field, Some("null"), Problem::Missing);
        check(field, Some("1"), Problem::Malformed);
        check(field, Some("{}"), Problem::Malformed);
        check(field, Some(r#"["evt_1"]"#), Problem::Malformed);
        check(field, Some(r#""""#), Problem::Empty);
        check(field, Some(&long), Problem::TooLong);
        check(field, Some(r#""a\u0000b""#), Problem::ControlCharacter);
        check(field, Some(r#""a\nb""#), Problem::ControlCharacter);
        check(field, Some(r#""a\u0085b""#), Problem::ControlCharacter);
    }
}

#[test]
fn the_longest_id_is_accepted() {
    let id = "x".repeat(255);
    let json = with("id", Some(&format!(r#""{id}""#)));
    assert_eq!(parse(&json).id, id);
    // Bytes count, not characters.
    let id = format!(r#""{}""#, "é".repeat(128));
    check("id", Some(&id), Problem::TooLong);
}

#[test]
fn a_created_that_is_no_time_is_refused() {
    check("created", None, Problem::Missing);
    check("created", Some("null"), Problem::Missing);
    check("created", Some("-1"), Problem::OutOfRange);
    check("created", Some("253402300800"), Problem::OutOfRange);
    check("created", Some("9223372036854775807"), Problem::OutOfRange);
    for value in [
        "9223372036854775808",
        "1.5",
        "1.0",
        "1e3",
        r#""1767225600""#,
        r#""2026-01-01T00:00:00Z""#,
        "true",
        "[1]",
    ] {
        check("created", Some(value), Problem::Malformed);
    }
    for (value, created) in [("0", 0), ("253402300799", 253_402_300_799)] {
        assert_eq!(parse(&with("created", Some(value))).created, created);
    }
}

#[test]
fn a_livemode_is_never_guessed() {
    check("livemode", None, Problem::Missing);
    check("livemode", Some("null"), Problem::Missing);
    check("livemode", Some("0"), Problem::Malformed);
    assert!(parse(&with("livemode", Some("true"))).livemode);
    assert!(!parse(&with("livemode", Some("false"))).livemode);
}

#[test]
fn an_account_or_version_may_be_absent_but_not_empty() {
    for field in ["account", "api_version"] {
        check(field, Some(r#""""#), Problem::Empty);
        check(field, Some("1"), Problem::Malformed);
        for value in [None, Some("null")] {
            let json = with(field, value);
            let event = parse(&json);
            assert_eq!((event.account, event.api_version), (None, None));
        }
    }
    let event = sample(CLOVER, "invoice.paid.connect");
    assert_eq!(event.account.as_deref(), Some("acct_1DunlinRowingClub1"));
    assert_eq!(sample(CLOVER, "invoice.paid").account, None);
}

#[test]
fn a_request_is_an_object_or_an_id_or_null() {
    for (value, request) in [
        (r#"{"id":"req_1","idempotency_key":"k"}"#, Some((Some("req_1"), Some("k")))),
        (r#"{"id":null,"idempotency_key":null}"#, Some((None, None))),
        (r#"{"id":"req_1","new":[]}"#, Some((Some("req_1"), None))),
        (r#""req_1""#, Some((Some("req_1"), None))),
        (r#""req\u005f1""#, Some((Some("req_1"), None))),
        ("null", None),
        ("[]", None),
    ] {
        let json = with("request", Some(value));
        let expected = request.map(|(id, key)| Request {
            id: id.map(Cow::Borrowed),
            idempotency_key: key.map(Cow::Borrowed),
        });
        assert_eq!(parse(&json).request, expected, "{value}");
    }
}

#[test]
fn an_unknown_type_is_kept_verbatim() {
    let event = sample(CLOVER, "product.created");
    assert_eq!(event.kind, EventKind::Other(Cow::Borrowed("product.created")));
    assert_eq!(event.kind.as_str(), "product.created");
    assert_eq!(
        event.object,
        Object::Unknown {
            object: Some(Cow::Borrowed("product")),
            id: Some(Cow::Borrowed("prod_DunlinTeam001")),
            customer: None,
        }
    );
    assert_eq!(event.object_id(), Some("prod_DunlinTeam001"));
}

#[test]
fn an_object_of_unknown_type_still_names_its_customer() {
    for (object, customer) in [
        (r#"{"object":"charge","customer":"cus_1"}"#, Some("cus_1")),
        (
            r#"{"object":"charge","customer":{"id":"cus_1","object":"customer"}}"#,
            Some("cus_1"),
        ),
        (
            r#"{"object":"charge","customer":null,"customer_account":"acct_1"}"#,
            Some("acct_1"),
        ),
        (
            r#"{"object":"charge","customer":"cus_1","customer_account":"acct_1"}"#,
            Some("cus_1"),
        ),
        (r#"{"object":"charge","customer":7}"#, None),
        (r#"{"object":"charge"}"#, None),
        (r#"{"customer":"cus_1"}"#, Some("cus_1")),
        (r#"{"id":"cus_1","object":"customer"}"#, Some("cus_1")),
        ("null", None),
        (r#"["cus_1"]"#, None),
    ] {
        let json = event_json("charge.succeeded", object, "");
        assert_eq!(parse(&json).customer(), customer, "{object}");
    }
}

#[test]
fn an_event_of_unknown_type_may_carry_nothing() {
    for value in [None, Some("null"), Some("{}"), Some("[]"), Some("1")] {
        let json = with("data", value);
        let event = parse(&json);
        assert_eq!((event.customer(), event.object_id()), (None, None));
        assert!(matches!(event.object, Object::Unknown { .. }), "{json}");
    }
}

#[test]
fn an_object_of_another_kind_than_its_event_is_unreadable() {
    for (object, text) in [
        (
            r#"{"object":"customer","id":"cus_1"}"#,
            "`data.object` is of another kind than the event's type announces",
        ),
        (
            r#"{"id":"in_1"}"#,
            "`data.object` is of another kind than the event's type announces",
        ),
        ("null", "`data.object` is missing"),
        ("[]", "`data.object` is not of the type or form that Stripe documents"),
    ] {
        assert_eq!(super::unreadable("invoice.paid", object, ""), text);
    }
}

#[test]
fn a_thin_event_names_its_object_and_is_dated_in_text() {
    let event = sample(DAHLIA, "v1.billing.meter.error_report_triggered");
    assert_eq!(event.id, "evt_test_65DunlinMeterReport0001");
    assert_eq!(event.created, 1_774_519_872);
    assert!(!event.livemode);
    assert_eq!(event.object_id(), Some("mtr_test_DunlinUsage0001"));
    assert_eq!(event.customer(), None);

    let event = sample("2026-09-30.endive", "v1.customer.subscription.updated");
    let twin = sample(CLOVER, "customer.subscription.updated");
    assert_eq!(
        event.object,
        Object::Thin(RelatedObject {
            id: Some(Cow::Borrowed("sub_1DunlinRowing00000000A1")),
            kind: Some(Cow::Borrowed("subscription")),
            url: Some(Cow::Borrowed("/v1/subscriptions/sub_1DunlinRowing00000000A1")),
            snapshot_event: Some(twin.id),
        })
    );
}

#[test]
fn a_thin_event_may_be_about_no_object_but_must_be_dated() {
    let thin = |created: &str| {
        format!(
            r#"{{"id":"evt_1","object":"v2.core.event","type":"v2.core.event_destination.ping",
                "created":{created},"livemode":true,"related_object":null}}"#
        )
    };
    let json = thin(r#""2026-03-25T10:11:12Z""#);
    assert_eq!(parse(&json).object, Object::Thin(RelatedObject::default()));
    for (created, problem) in [
        ("1767225600", Problem::Malformed),
        (r#""yesterday""#, Problem::Malformed),
        (r#""2026-02-30T10:11:12Z""#, Problem::Malformed),
        ("null", Problem::Missing),
    ] {
        let json = thin(created);
        let field = "created";
        assert_eq!(Event::parse(json.as_bytes()), Err(EventError::Envelope { field, problem }));
    }
}

#[test]
fn a_thin_event_about_a_customer_names_it() {
    let json = r#"{"id":"evt_1","object":"v2.core.event","type":"v1.customer.updated","livemode":true,
        "created":"2026-03-25T10:11:12Z","related_object":{"id":"cus_1","type":"customer","url":"/v1/customers/cus_1"}}"#;
    assert_eq!(parse(json).customer(), Some("cus_1"));
}

#[test]
fn text_without_escapes_is_borrowed_from_the_body() {
    let event = sample(CLOVER, "customer.subscription.updated");
    assert!(matches!(event.id, Cow::Borrowed(_)));
    let (now, _) = super::subscription(event);
    assert!(matches!(now.customer, Cow::Borrowed(_)));
    assert!(matches!(now.latest_invoice, Some(Cow::Borrowed(_))));
    assert!(matches!(now.items[0].price, Cow::Borrowed(_)));
}
