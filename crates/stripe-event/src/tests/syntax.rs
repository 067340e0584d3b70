use super::{event_json, parse};
use crate::{Event, EventError, MAX_DEPTH};

fn error(body: impl AsRef<[u8]>) -> EventError {
    Event::parse(body.as_ref()).expect_err("should be refused")
}

/// Returns a product with its deepest array at `depth`, counting the event itself.
fn nested(depth: usize) -> String {
    let arrays = depth - 3;
    let open = "[".repeat(arrays);
    let close = "]".repeat(arrays);
    event_json("product.created", &format!(r#"{{"object":"product","x":{open}{close}}}"#), "")
}

#[test]
fn nesting_up_to_the_limit_is_read_and_one_more_is_refused() {
    let limit = usize::from(MAX_DEPTH);
    assert_eq!(limit, 128);
    parse(&nested(limit));
    assert_eq!(error(nested(limit + 1)), EventError::TooDeep);
}

#[test]
fn nesting_without_end_is_refused_and_does_not_exhaust_the_stack() {
    assert_eq!(error("[".repeat(1_000_000)), EventError::TooDeep);
    assert_eq!(error(r#"{"a":"#.repeat(200_000)), EventError::TooDeep);
    assert_eq!(error(nested(100_000)), EventError::TooDeep);
}

#[test]
fn a_duplicate_key_is_refused_at_any_level_known_or_not() {
    for body in [
        r#"{"id":"evt_1","id":"evt_1"}"#.to_owned(),
        r#"{"whatever":1,"whatever":1}"#.to_owned(),
        r#"{"whatever":1,"what\u0065ver":1}"#.to_owned(),
        event_json(
            "product.created",
            r#"{"object":"product","x":[{"y":{"a":1,"b":2,"a":3}}]}"#,
            "",
        ),
        event_json("product.created", "{}", r#","object":{}"#),
    ] {
        assert_eq!(error(&body), EventError::DuplicateKey, "{body}");
    }
}

#[test]
fn one_object_with_very_many_keys_is_read_in_reasonable_time() {
    let keys: Vec<_> = (0..50_000).map(|key| format!(r#""k{key}":0"#)).collect();
    let object = format!(r#"{{"object":"product",{}}}"#, keys.join(","));
    parse(&event_json("product.created", &object, ""));
    let object = format!(r#"{{"object":"product",{},"k7":0}}"#, keys.join(","));
    assert_eq!(error(event_json("product.created", &object, "")), EventError::DuplicateKey);
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_their_position() {
    assert_eq!(error(b"{\"id\":\"\xFF\"}"), EventError::NotUtf8 { position: 7 });
    // UTF-16, with and without a mark.
    assert_eq!(error(b"\xFF\xFE{\0}\0"), EventError::NotUtf8 { position: 0 });
    assert!(matches!(error(b"{\0}\0"), EventError::NotJson { .. }));
}

#[test]
fn a_byte_order_mark_is_refused() {
    assert_eq!(error("\u{FEFF}{}"), EventError::ByteOrderMark);
}

#[test]
fn what_is_not_json_is_refused_with_its_position() {
    assert_eq!(error(""), EventError::NotJson { line: 1, column: 0 });
    assert_eq!(error("{\n  \"id\": evt_1\n}"), EventError::NotJson { line: 2, column: 9 });
    for body in [
        " ",
        "{",
        "{}{}",
        "{} x",
        "{'id':1}",
        r#"{"id":"evt_1",}"#,
        r#"{"id":NaN}"#,
        r#"{"id":01}"#,
        r#"{"id":+1}"#,
        r#"{"id":"evt_1"} // comment"#,
        "{\"id\":\"a\nb\"}",
        r#"{"id":"\x41"}"#,
        "id=evt_1&type=invoice.paid",
        "\u{a0}{}",
    ] {
        assert!(matches!(error(body), EventError::NotJson { .. }), "{body}");
    }
}

#[test]
fn a_number_out_of_range_is_refused_wherever_it_is() {
    for number in ["1e400", "-1e400", "1e99999999999999999999"] {
        let object = format!(r#"{{"object":"product","x":[{number}]}}"#);
        let body = event_json("product.created", &object, "");
        assert!(matches!(error(&body), EventError::NotJson { .. }), "{body}");
    }
    parse(&event_json(
        "product.created",
        r#"{"object":"product","x":[1e300,-0,0.1,18446744073709551616]}"#,
        "",
    ));
}

#[test]
fn a_lone_surrogate_is_refused_in_values_and_in_keys() {
    for part in [
        r#""x":"\ud800""#,
        r#""x":"\udc00""#,
        r#""x":"\ud83d!""#,
        r#""\ud800":1"#,
        r#""x":"\ud83d\ud83d""#,
    ] {
        let body = event_json("product.created", &format!("{{{part}}}"), "");
        assert!(matches!(error(&body), EventError::NotJson { .. }), "{body}");
    }
    parse(&event_json("product.created", r#"{"x":"\ud83d\ude00"}"#, ""));
}

#[test]
fn json_other_than_an_object_is_refused() {
    for body in ["[]", "null", "true", "1", r#""evt_1""#, r#" [{"id":"evt_1"}]"#] {
        assert_eq!(error(body), EventError::NotAnObject, "{body}");
    }
}

#[test]
fn white_space_around_the_event_is_allowed() {
    let json = event_json("product.created", "{}", "");
    parse(&format!("\r\n\t {json} \n"));
}

#[test]
fn error_texts_say_where_and_never_repeat_the_body() {
    for (body, text) in [
        (r#"{"id":secret}"#, "the body is not JSON (line 1, column 7)"),
        (r#"{"secret":1,"secret":2}"#, "an object in the body has the same key twice"),
        ("\u{FEFF}", "the body starts with a byte order mark"),
        (r#"["secret"]"#, "the body is JSON, but not an object"),
        (
            r#"{"id":{"secret":1}}"#,
            "the event's `id` is not of the type or form that Stripe documents",
        ),
    ] {
        assert_eq!(error(body).to_string(), text);
    }
    assert_eq!(error(nested(129)).to_string(), "the body is nested more than 128 deep");
    assert_eq!(error(b"ab\xFF").to_string(), "the body is not UTF-8 from byte 2 on");
}
