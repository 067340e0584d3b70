//! Lists on the terminal.

use comfy_table::{Table, presets};
use serde_json::Value;

/// A table under this header.
pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table
}

/// What a page of the API holds.
pub(super) fn items(page: &Value) -> &[Value] {
    page.get("data").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A field as text; what is not there is a dash.
pub(super) fn text(object: &Value, field: &str) -> String {
    match object.get(field) {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
