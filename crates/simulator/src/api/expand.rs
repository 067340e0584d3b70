//! Objects in place of their ids, see <https://docs.stripe.com/api/expanding_objects>.

use serde_json::Value;

use super::refusal::Refusal;

/// The greatest depth of a path.
const MAX_DEPTH: usize = 4;

/// Replaces the id at this path, and every id on the way to it, by its object.
pub(super) fn expand(object: &mut Value, path: &str, find: &dyn Fn(&str) -> Option<Value>) -> Result<(), Refusal> {
    // The `data` of a list does not count as a step.
    let depth = path.split('.').filter(|step| *step != "data").count();
    let steps: Vec<&str> = path.split('.').collect();
    if depth <= MAX_DEPTH && walk(object, &steps, find) {
        Ok(())
    } else {
        Err(Refusal::not_expandable(path))
    }
}

/// Expands along the path. Returns false if the path leads to something that cannot be expanded.
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
