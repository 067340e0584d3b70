//! The bounds of parameters that mean the same wherever they are.

use serde_json::Value;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::{Object, OpenApi as Description, RefOr};

use super::super::MAX_LIMIT;
use super::operations;

/// The pattern of tenant ids.
const TENANT_ID: &str = "^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$";

/// The pattern of any other text.
const WITHOUT_NUL: &str = r"^[^\u0000]*$";

/// Values as they occur.
const EXAMPLES: [(&str, &str); 3] = [
    ("tenant_id", "acme"),
    ("event_id", "evt_HNjESrAOTXA337leKchj6Ycr"),
    ("email", "bo@example.com"),
];

/// The bounds of parameters.
pub(super) struct Bounds;

impl utoipa::Modify for Bounds {
    fn modify(&self, api: &mut Description) {
        let operations = api.paths.paths.values_mut().flat_map(operations);
        for parameter in operations.flat_map(|(_, operation)| operation.parameters.iter_mut().flatten()) {
            if let RefOr::T(parameter) = parameter {
                bound(parameter);
            }
        }
    }
}

fn bound(parameter: &mut Parameter) {
    let Some(schema) = &mut parameter.schema else { return };
    without_null(schema);
    let RefOr::T(Schema::Object(schema)) = schema else { return };
    let example = EXAMPLES.iter().find(|(name, _)| *name == parameter.name);
    schema.examples = example.map(|(_, example)| Value::from(*example)).into_iter().collect();
    match parameter.name.as_str() {
        "limit" => {
            schema.minimum = Some(1_u64.into());
            schema.maximum = Some(MAX_LIMIT.into());
        }
        "tenant_id" => {
            schema.pattern = Some(TENANT_ID.to_owned());
            let description = "Your own id of the tenant: 1 to 64 letters, digits or - _ . : @";
            parameter.description.get_or_insert_with(|| description.to_owned());
        }
        _ if is_text(schema) && parameter.parameter_in != ParameterIn::Header => {
            schema.pattern.get_or_insert_with(|| WITHOUT_NUL.to_owned());
        }
        _ => {}
    }
}

/// Takes out `null`, which no parameter can be. It is what is left out.
fn without_null(schema: &mut RefOr<Schema>) {
    let is_null = |schema: &RefOr<Schema>| match schema {
        RefOr::T(Schema::Object(object)) => object.schema_type == SchemaType::Type(Type::Null),
        _ => false,
    };
    match schema {
        RefOr::T(Schema::Object(object)) => {
            if let SchemaType::Array(kinds) = &object.schema_type
                && let Some(kind) = kinds.iter().find(|kind| **kind != Type::Null)
            {
                object.schema_type = SchemaType::Type(kind.clone());
            }
        }
        RefOr::T(Schema::OneOf(one)) => {
            one.items.retain(|item| !is_null(item));
            if let Some(only) = one.items.pop() {
                *schema = only;
            }
        }
        _ => {}
    }
}

/// Returns true if any text is taken.
fn is_text(schema: &Object) -> bool {
    let is_string = schema.schema_type == SchemaType::Type(Type::String);
    is_string && schema.enum_values.is_none() && schema.format.is_none()
}
