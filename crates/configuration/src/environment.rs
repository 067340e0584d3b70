//! The process's environment.

use std::collections::BTreeMap;

/// The variables of a process, by name.
pub type Environment = BTreeMap<String, String>;

/// Returns the environment of this process, without variables that are not Unicode.
#[expect(clippy::disallowed_methods, reason = "this is where configuration is read")]
pub fn environment() -> Environment {
    let readable = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    readable.collect()
}
