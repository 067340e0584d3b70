//! Objects in place of their ids, see <https://docs.stripe.com/api/expanding_objects>.

use serde_json::Value;

use super::refusal::Refusal;

/// How deep a path may go.
const MAX_DEPTH: usize = 4;

/// Puts the object in place of the id at this path, and of every id on the way to it.
pub(super) fn expand(object: &mut Value, path: &str, find: &dyn Fn(&str) -> Option<Value>) -> Result<(), Refusal> {
    // The `data` of a list is no step of its own.
    let depth = path.split('.').filter(|step| *step != "data").count();
    let steps: Vec<&str> = path.split('.').collect();
    if depth <= MAX_DEPTH && walk(object, &steps, find) {
        Ok(())
    } else {
        Err(Refusal::not_expandable(path))
    }
}

/// Whether the path leads to something that can be expanded, or to nothing that could be.
fn walk(value: &mut Value, steps: &[&str], find: &dyn Fn(&str) -> Option<Value>) -> bool {
    if let Value::String(id) = value {
        match find(id) {
            Some(object) => *value = object,
            None => return false,
        }
    }
    let Some((step, rest)) = steps.split_first() else {
        return value.is_object() || value.is_null();
    };
    match value {
        Value::Null => true,
        Value::Object(members) => match members.get_mut(*step) {
            Some(Value::Array(elements)) if *step == "data" => elements.iter_mut().all(|element| walk(element, rest, find)),
            Some(member) => walk(member, rest, find),
            None => false,
        },
        Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
