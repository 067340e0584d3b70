//! Changes to an event: `path=value`.

use std::str::FromStr;

use serde_json::{Map, Value};

/// A change to an event.
///
/// A path is dotted and starts at the event's object: `status=unpaid`, `items.data.0.quantity=5`. It may begin with
/// `event` (the event itself), `previous` (its `previous_attributes`) or, as in the Stripe CLI, with the object's kind
/// and a colon: `event.created=1800000000`, `previous.status=active`, `invoice:amount_due=100`. A value that is JSON is
/// taken as JSON, anything else as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    root: Root,
    path: Vec<String>,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Event,
    Object,
    Previous,
}

/// The reason why an event cannot be changed in this way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// The text is not a path and a value.
    #[error("{0:?} is not PATH=VALUE, like status=unpaid")]
    NotPathValue(String),
    /// A step of the path leads nowhere.
    #[error("{path} leads nowhere: there is no {step:?} in {inside}")]
    LeadsNowhere {
        /// The whole path.
        path: String,
        /// The step that fails.
        step: String,
        /// The kind of value that the step leads into.
        inside: &'static str,
    },
}

impl FromStr for Override {
    type Err = OverrideError;

    fn from_str(text: &str) -> Result<Self, OverrideError> {
        let malformed = || OverrideError::NotPathValue(text.to_owned());
        let (path, value) = text.split_once('=').ok_or_else(malformed)?;
        let (root, path) = match path.split_once(':') {
            Some((_, path)) => (Root::Object, path),
            None => match path.split_once('.') {
                Some(("event", path)) => (Root::Event, path),
                Some(("previous", path)) => (Root::Previous, path),
                _ => (Root::Object, path),
            },
        };
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(malformed());
        }
        Ok(Self {
            root,
            path,
            value: serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)),
        })
    }
}

impl Override {
    /// Changes an event.
    pub(crate) fn apply(&self, event: &mut Value) -> Result<(), OverrideError> {
        let mut slot = match self.root {
            Root::Event => event,
            Root::Object => member(member(event, "data"), "object"),
            Root::Previous => member(member(event, "data"), "previous_attributes"),
        };
        for step in &self.path {
            slot = self.step(slot, step)?;
        }
        *slot = self.value.clone();
        Ok(())
    }

    /// Steps into an object's member, which is added if it is missing, or into an array's element.
    fn step<'a>(&self, slot: &'a mut Value, step: &str) -> Result<&'a mut Value, OverrideError> {
        let nowhere = |inside| OverrideError::LeadsNowhere {
            path: self.path.join("."),
            step: step.to_owned(),
            inside,
        };
        match slot {
            Value::Object(_) | Value::Null => Ok(member(slot, step)),
            Value::Array(elements) => {
                let index: Option<usize> = step.parse().ok();
                index
                    .and_then(|index| elements.get_mut(index))
                    .ok_or_else(|| nowhere("an array"))
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) => Err(nowhere("a plain value")),
        }
    }
}

/// Returns the member of an object. A value of another type becomes an object first.
pub(crate) fn member<'a>(value: &'a mut Value, name: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(members) => members.entry(name).or_insert(Value::Null),
        other => other,
    }
}
