//! The answers that operations have in common.

use std::collections::BTreeMap;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{AnyOf, Schema, Type};
use utoipa::openapi::{Content, Object, OpenApi as Description, Ref, RefOr, Response, ResponseBuilder};

use super::operations;

/// The content type of errors.
const PROBLEM: &str = "application/problem+json";

/// The problems that more than one operation answers with.
const SHARED: [(&str, &str, &str); 7] = [
    ("400", "BadRequest", "The path, the query or the body makes no sense"),
    ("401", "Unauthorized", "There is no API key, or a wrong one"),
    ("404", "NotFound", "There is no such thing"),
    ("409", "Conflict", "Its state does not allow it"),
    ("413", "ContentTooLarge", "The body is too large"),
    ("415", "UnsupportedMediaType", "The body is of another type, or encoded"),
    (
        "503",
        "Unavailable",
        "The database cannot be used now, or too much is waiting",
    ),
];

/// The errors of every operation. They are problem documents on every route, except for pages that people read.
pub(super) struct Problems;

impl utoipa::Modify for Problems {
    fn modify(&self, api: &mut Description) {
        for (_, operation) in api.paths.paths.values_mut().flat_map(operations) {
            for status in expected(operation) {
                let responses = &mut operation.responses.responses;
                responses
                    .entry(status.to_owned())
                    .or_insert_with(|| RefOr::T(problem("application/json", "")));
            }
            for (status, response) in &mut operation.responses.responses {
                share(status, response);
            }
        }
        let components = api.components.get_or_insert_default();
        for (status, name, description) in SHARED {
            let response = with_headers(status, problem(PROBLEM, description));
            components.responses.insert(name.to_owned(), RefOr::T(response));
        }
    }
}

/// Returns the statuses that an operation answers with because of what it takes.
fn expected(operation: &Operation) -> Vec<&'static str> {
    // A NUL is refused everywhere, so a bad request can be made of each route.
    let mut expected = vec!["400"];
    if operation.security.as_ref().is_some_and(|keys| !keys.is_empty()) {
        expected.extend(["401", "503"]);
    }
    if operation.request_body.is_some() {
        expected.extend(["413", "415"]);
    }
    let parameters = operation.parameters.iter().flatten();
    let is_in_path = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Path,
        RefOr::Ref(_) => false,
    };
    // A tenant can be made, so its path is never one of nothing.
    if parameters.clone().any(is_in_path) && !operation.responses.responses.contains_key("201") {
        expected.push("404");
    }
    expected
}

/// Gives a response of an error its content type. One that says nothing of its own becomes the shared one.
fn share(status: &str, response: &mut RefOr<Response>) {
    let RefOr::T(own) = response else { return };
    if status < "400" {
        return;
    }
    let Some(content) = own.content.swap_remove("application/json") else {
        return;
    };
    own.content.insert(PROBLEM.to_owned(), content);
    let shared = SHARED.iter().find(|(shared, _, _)| *shared == status);
    *response = match shared {
        Some((_, name, _)) if own.description.is_empty() => RefOr::Ref(Ref::from_response_name(*name)),
        _ => RefOr::T(with_headers(status, std::mem::take(own))),
    };
}

fn problem(content_type: &str, description: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new()
        .description(description)
        .content(content_type, content)
        .build()
}

/// Adds the headers that are sent with each answer of this status.
fn with_headers(status: &str, mut response: Response) -> Response {
    let (name, kind, description) = match status {
        "401" => ("WWW-Authenticate", Type::String, "`Bearer`"),
        "503" => ("Retry-After", Type::Integer, "The seconds after which to try again"),
        _ => return response,
    };
    let header = HeaderBuilder::new()
        .schema(Some(Object::with_type(kind)))
        .description(Some(description));
    response.headers.insert(name.to_owned(), header.build().into());
    response
}

/// The descriptions of responses that say nothing of their own: what their schema says.
pub(super) struct Descriptions;

impl utoipa::Modify for Descriptions {
    fn modify(&self, api: &mut Description) {
        let components = api.components.get_or_insert_default();
        let mut schemas = std::mem::take(&mut components.schemas);
        for name in IN_TWO_EXTENTS {
            if let Some(RefOr::T(schema)) = schemas.get_mut(name) {
                loosen(schema);
            }
        }
        for (_, operation) in api.paths.paths.values_mut().flat_map(operations) {
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    response.description = described(response, &schemas).unwrap_or_default();
                }
            }
        }
        api.components.get_or_insert_default().schemas = schemas;
    }
}

/// The answers that are brief or in full. One in full has all of a brief one too, so it is not one of the two alone.
const IN_TWO_EXTENTS: [&str; 2] = ["Ready", "Unready"];

fn loosen(schema: &mut Schema) {
    if let Schema::OneOf(one) = schema {
        let mut any = AnyOf::new();
        any.items = std::mem::take(&mut one.items);
        any.description = one.description.take();
        *schema = Schema::AnyOf(any);
    }
}

fn described(response: &Response, schemas: &BTreeMap<String, RefOr<Schema>>) -> Option<String> {
    let RefOr::T(content) = response.content.values().next()? else {
        return None;
    };
    let schema = match content.schema.as_ref()? {
        RefOr::T(schema) => schema,
        RefOr::Ref(to) => match schemas.get(to.ref_location.rsplit('/').next()?)? {
            RefOr::T(schema) => schema,
            RefOr::Ref(_) => return None,
        },
    };
    match schema {
        Schema::Object(object) => object.description.clone(),
        Schema::AllOf(all) => all.description.clone(),
        Schema::AnyOf(any) => any.description.clone(),
        Schema::OneOf(one) => one.description.clone(),
        _ => None,
    }
}
