//! Lists on the terminal.

use clap::Args;
use comfy_table::{Table, presets};
use serde_json::Value;

use super::say;

/// The format of a list.
#[derive(Debug, Args)]
pub(super) struct Listing {
    /// Print a JSON array of the items as the API lists them
    #[arg(long)]
    json: bool,
}

impl Listing {
    /// Prints the items, one row each.
    pub(super) fn show<const N: usize>(&self, items: &[Value], header: [&str; N], row: impl Fn(&Value) -> [String; N]) {
        if self.json {
            say(format_args!("{:#}", Value::from(items.to_vec())));
            return;
        }
        let mut table = table(header);
        for item in items {
            table.add_row(row(item));
        }
        say(format_args!("{table}"));
    }
}

/// Makes a table with this header.
pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table
}

/// Returns the items of a page of the API.
pub(super) fn items(page: &Value) -> &[Value] {
    page.get("data").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns a field as text, or a dash if it is absent.
pub(super) fn text(object: &Value, field: &str) -> String {
    match object.get(field) {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
