use proptest::prelude::*;
use serde_json::Value;

use crate::{Event, fixtures};

/// Uses everything that a reader of the event can use.
fn use_up(body: &[u8]) -> bool {
    match Event::parse(body) {
        Ok(event) => {
            assert!(!event.id.is_empty());
            let _ = (event.customer(), event.object_id(), event.kind.as_str());
            !format!("{event:?}").is_empty()
        }
        Err(error) => error.to_string().is_empty(),
    }
}

fn any_sample() -> impl Strategy<Value = &'static str> {
    let samples: Vec<_> = fixtures::all().map(|(_, _, json)| json).collect();
    prop::sample::select(samples)
}

/// Returns an edit: cut this many bytes at this place and insert these.
fn any_edit() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let token = prop::sample::select(vec![
        &b"null"[..],
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\\ud800",
        b"\\u0000",
        b"-1",
        b"1e400",
        b"\xFF",
        b"\xEF\xBB\xBF",
        b"0.5",
        b"true",
        b"\"id\":1,",
    ])
    .prop_map(<[u8]>::to_vec);
    let bytes = prop::collection::vec(any::<u8>(), 0..4);
    (any::<prop::sample::Index>(), 0_usize..12, prop_oneof![token, bytes])
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("")),
        Just(serde_json::json!({})),
        Just(serde_json::json!({"id": "x"})),
        Just(serde_json::json!({"data": [{}, null]})),
    ];
    prop_oneof![leaf.clone(), prop::collection::vec(leaf, 0..3).prop_map(Value::from)]
}

/// Replaces the node at the end of `path`, starting from `node`.
fn replace(node: &mut Value, path: &[prop::sample::Index], by: Value) {
    let child = path.split_first().and_then(|(step, rest)| match node {
        Value::Object(members) if !members.is_empty() => {
            let at = step.index(members.len());
            members.values_mut().nth(at).map(|child| (child, rest))
        }
        Value::Array(items) if !items.is_empty() => {
            let at = step.index(items.len());
            items.get_mut(at).map(|child| (child, rest))
        }
        _ => None,
    });
    match child {
        Some((child, rest)) => replace(child, rest, by),
        None => *node = by,
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        use_up(&body);
    }

    #[test]
    fn arbitrarily_edited_samples_never_panic(
        sample in any_sample(),
        edits in prop::collection::vec(any_edit(), 1..4),
    ) {
        let mut body = sample.as_bytes().to_vec();
        for (at, cut, put) in edits {
            let start = at.index(body.len() + 1);
            let end = (start + cut).min(body.len());
            body.splice(start..end, put);
        }
        use_up(&body);
    }

    #[test]
    fn whatever_becomes_of_the_data_the_event_stays_readable(
        sample in any_sample(),
        path in prop::collection::vec(any::<prop::sample::Index>(), 0..7),
        by in any_value(),
    ) {
        let mut event: Value = serde_json::from_str(sample).unwrap();
        if let Some(data) = event.get_mut("data") {
            replace(data, &path, by);
        }
        let body = event.to_string();
        prop_assert!(Event::parse(body.as_bytes()).is_ok(), "{}", body);
        use_up(body.as_bytes());
    }

    #[test]
    fn what_is_cut_short_is_never_an_event(sample in any_sample(), at in any::<prop::sample::Index>()) {
        let whole = sample.trim_end();
        let cut = whole.get(..at.index(whole.len()));
        prop_assert!(cut.is_none_or(|cut| Event::parse(cut.as_bytes()).is_err()));
    }
}
