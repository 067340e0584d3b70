//! The API's own description.

use actix_web::get;
use actix_web::web::Json;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Description, RefOr};

/// Dunlin's HTTP API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dunlin",
        description = "Keeps a SaaS's tenants' Stripe subscriptions true, in whatever order Stripe delivers."
    ),
    paths(
        super::stripe_webhook::deliver,
        super::tenants::put,
        super::tenants::show,
        super::tenants::list,
        super::tenants::timeline,
        super::access::decide,
        super::events::list,
        super::events::show,
        super::notices::list,
        super::notices::retry,
        super::notices::drop_notice,
        super::sync::sync,
        super::reconciliation::show,
        super::proposals::list,
        super::proposals::accept,
        super::proposals::dismiss,
        super::link::follow,
        super::drift::list,
        super::reads::list,
        super::addresses::list,
        super::addresses::allow,
        super::bounces::tell,
        super::health::alive,
        super::health::alive_in_short,
        super::health::ready,
        super::health::ready_in_short,
        super::metrics::scrape,
    ),
    modifiers(&ApiKey, &Mounted, &Named, &Problems)
)]
struct Api;

struct ApiKey;

impl utoipa::Modify for ApiKey {
    fn modify(&self, api: &mut Description) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The prefix `/api/v1`, under which the handlers behind the key are mounted. The description names whole paths.
struct Mounted;

impl utoipa::Modify for Mounted {
    fn modify(&self, api: &mut Description) {
        let paths = std::mem::take(&mut api.paths.paths);
        let mounted = paths.into_iter().map(|(path, item)| {
            let is_whole = ["/api/", "/healthz", "/l/", "/metrics", "/readyz"]
                .iter()
                .any(|root| path.starts_with(root));
            (if is_whole { path } else { format!("/api/v1{path}") }, item)
        });
        api.paths.paths = mounted.collect();
    }
}

/// The names of operations, which must be unique, although handlers of different routes have the same names.
struct Named;

impl utoipa::Modify for Named {
    fn modify(&self, api: &mut Description) {
        for (path, item) in &mut api.paths.paths {
            let route = path.strip_prefix("/api/v1").unwrap_or(path);
            let nouns: Vec<&str> = route
                .split('/')
                .filter(|part| !part.is_empty() && !part.starts_with('{'))
                .collect();
            for operation in operations(item) {
                let handler = operation.operation_id.take().unwrap_or_default();
                operation.operation_id = Some(format!("{handler}_{}", nouns.join("_").replace(['-', '.'], "_")));
            }
        }
    }
}

/// The content type of errors, which are problem documents on every route.
struct Problems;

impl utoipa::Modify for Problems {
    fn modify(&self, api: &mut Description) {
        let responses = api.paths.paths.values_mut().flat_map(operations);
        let responses = responses.flat_map(|operation| &mut operation.responses.responses);
        for (_, response) in responses.filter(|(status, _)| status.as_str() >= "400") {
            let RefOr::T(response) = response else { continue };
            if let Some(problem) = response.content.swap_remove("application/json") {
                response.content.insert("application/problem+json".to_owned(), problem);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [&mut item.get, &mut item.head, &mut item.put, &mut item.post, &mut item.delete];
    methods.into_iter().flatten()
}

/// Returns the description, OpenAPI 3.1.
fn document() -> Description {
    Api::openapi()
}

#[get("/api/v1/openapi.json")]
pub(super) async fn serve() -> Json<Description> {
    Json(document())
}
