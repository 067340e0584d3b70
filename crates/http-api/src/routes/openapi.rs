//! The API's own description.

mod parameters;
mod responses;
#[cfg(test)]
mod snapshot;

use std::sync::LazyLock;

use actix_web::get;
use actix_web::web::Json;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use self::parameters::Bounds;
use self::responses::{Descriptions, Problems};

/// Dunlin's HTTP API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dunlin",
        description = "Keeps a SaaS's tenants' Stripe subscriptions true, in whatever order Stripe delivers.\n\n\
            HEAD is answered wherever GET is, without the body. Another method than those of a path is answered with \
            405 `method_not_allowed` and `Allow`."
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
        super::health::ready,
        super::metrics::scrape,
        serve,
    ),
    modifiers(&ApiKey, &Mounted, &Bounds, &Problems, &Descriptions)
)]
struct Api;

struct ApiKey;

impl utoipa::Modify for ApiKey {
    fn modify(&self, api: &mut Description) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "One of DUNLIN_API_KEYS. HTTP's Basic is taken too, with the key as password.",
        ));
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme.build()));
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

/// Returns the methods that a path has, with their operations.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let methods = [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
    ];
    methods
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// The description, OpenAPI 3.1.
pub(super) static DESCRIPTION: LazyLock<Description> = LazyLock::new(Api::openapi);

/// Returns this description, OpenAPI 3.1.
#[utoipa::path(
    operation_id = "getOpenapi",
    tag = "health",
    responses((status = 200, description = "The description of this API", body = Object)),
)]
#[get("/api/v1/openapi.json")]
pub(super) async fn serve() -> Json<&'static Description> {
    Json(&DESCRIPTION)
}
