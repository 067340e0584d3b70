//! The description as it is checked in, and what may change of it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::DESCRIPTION;

/// The description as it was when it was last looked at.
const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
const CHANGELOG: &str = include_str!("../../../../../CHANGELOG.md");
/// The levels of fields in fields that are looked at.
const MAX_DEPTH: usize = 8;

/// What a description says to callers: each promise that must be kept, and each demand that must not be added.
#[derive(Debug, Default)]
struct Terms {
    promises: BTreeSet<String>,
    demands: BTreeSet<String>,
}

impl Terms {
    fn of(api: &Value) -> Self {
        let mut terms = Self::default();
        for (path, item) in entries(&api["paths"]) {
            for (method, operation) in entries(item) {
                let name = format!("{} {path}", method.to_uppercase());
                terms.promises.insert(name.clone());
                for (status, response) in entries(&operation["responses"]) {
                    let response = followed(api, response);
                    for (_, content) in entries(&response["content"]) {
                        add_fields(
                            api,
                            &content["schema"],
                            &format!("{name} {status} "),
                            MAX_DEPTH,
                            &mut terms.promises,
                        );
                    }
                }
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    if parameter["required"] == true {
                        terms.demands.insert(format!("{name} ?{}", text(&parameter["name"])));
                    }
                }
                for (_, content) in entries(&operation["requestBody"]["content"]) {
                    add_required(api, &content["schema"], &format!("{name} "), MAX_DEPTH, &mut terms.demands);
                }
            }
        }
        terms
    }

    /// Returns what breaks for callers who go by the old description.
    fn broken(old: &Value, new: &Value) -> BTreeSet<String> {
        let (old, new) = (Self::of(old), Self::of(new));
        let is_new = |demand: &&String| {
            let operation = demand.split(' ').take(2).collect::<Vec<_>>().join(" ");
            old.promises.contains(&operation) && !old.demands.contains(*demand)
        };
        let withdrawn = old.promises.difference(&new.promises);
        withdrawn.chain(new.demands.iter().filter(is_new)).cloned().collect()
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Follows a reference, if it is one.
fn followed<'a>(api: &'a Value, value: &'a Value) -> &'a Value {
    let to = value["$ref"].as_str().and_then(|to| api.pointer(to.trim_start_matches('#')));
    to.unwrap_or(value)
}

/// Returns the schemas that one consists of, and itself.
fn parts<'a>(api: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = followed(api, schema);
    let composed = ["allOf", "anyOf", "oneOf"].iter().filter_map(|kind| schema[kind].as_array());
    let inner = composed.flatten().flat_map(|part| parts(api, part));
    std::iter::once(schema).chain(inner).collect()
}

fn add_fields(api: &Value, schema: &Value, at: &str, depth: usize, fields: &mut BTreeSet<String>) {
    for part in parts(api, schema).into_iter().filter(|_| depth > 0) {
        for (name, field) in entries(&part["properties"]) {
            fields.insert(format!("{at}{name}"));
            add_fields(api, field, &format!("{at}{name}."), depth - 1, fields);
        }
        add_fields(api, &part["items"], at, depth - 1, fields);
    }
}

fn add_required(api: &Value, schema: &Value, at: &str, depth: usize, fields: &mut BTreeSet<String>) {
    for part in parts(api, schema).into_iter().filter(|_| depth > 0) {
        for name in part["required"].as_array().into_iter().flatten().map(text) {
            fields.insert(format!("{at}{name}"));
        }
        for (name, field) in entries(&part["properties"]) {
            add_required(api, field, &format!("{at}{name}."), depth - 1, fields);
        }
        add_required(api, &part["items"], at, depth - 1, fields);
    }
}

#[test]
fn the_description_is_the_one_that_is_checked_in_and_breaks_nothing_unsaid() {
    let current = serde_json::to_value(&*DESCRIPTION).unwrap();
    let written = format!("{}\n", serde_json::to_string_pretty(&*DESCRIPTION).unwrap());
    let path = Path::new(CHECKED_IN);
    let checked_in = std::fs::read_to_string(path).unwrap_or_else(|_| "{}".to_owned());
    let broken = Terms::broken(&serde_json::from_str(&checked_in).unwrap(), &current);
    let unsaid: Vec<&String> = broken.iter().filter(|one| !CHANGELOG.contains(&format!("`{one}`"))).collect();
    assert!(
        unsaid.is_empty(),
        "these break callers; take them back, or name each in CHANGELOG.md, in backquotes: {unsaid:#?}"
    );
    #[expect(clippy::disallowed_methods, reason = "it is for whoever runs this test")]
    let is_to_be_renewed = std::env::var_os("UPDATE_OPENAPI").is_some();
    if is_to_be_renewed {
        std::fs::write(path, written).unwrap();
        return;
    }
    assert!(
        written == checked_in,
        "docs/openapi.json is another: UPDATE_OPENAPI=1 cargo test -p http-api writes it; look at the difference"
    );
}

/// Returns a description with one operation, whose answer has these fields, and whose body needs these.
fn made_up(method: &str, answered: &[&str], needed: &[&str]) -> Value {
    let fields: serde_json::Map<String, Value> = answered.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    json!({
        "paths": { "/things": { method: {
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Body" } } } },
            "responses": { "200": { "content": { "application/json": { "schema": {
                "type": "object", "properties": { "data": { "items": { "$ref": "#/components/schemas/Thing" } } },
            } } } } },
        } } },
        "components": { "schemas": { "Thing": { "properties": fields }, "Body": { "required": needed } } },
    })
}

#[test]
fn what_breaks_callers_is_found() {
    let old = made_up("put", &["id", "name"], &["name"]);
    let broken = |new: Value| Terms::broken(&old, &new).into_iter().collect::<Vec<_>>();
    assert_eq!(broken(old.clone()), [""; 0]);
    assert_eq!(broken(made_up("put", &["id", "name", "more"], &[])), [""; 0]);
    assert_eq!(broken(made_up("put", &["id"], &["name"])), ["PUT /things 200 data.name"]);
    assert_eq!(
        broken(made_up("put", &["id", "name"], &["name", "size"])),
        ["PUT /things size"]
    );
    let moved = broken(made_up("post", &["id", "name"], &["name", "size"]));
    assert_eq!(moved.first().map(String::as_str), Some("PUT /things"));
    assert!(
        !moved.contains(&"POST /things size".to_owned()),
        "a new operation breaks nobody"
    );
}
