//! The API's own description.

use actix_web::get;
use actix_web::web::Json;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

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
        super::health::alive,
        super::health::alive_in_short,
        super::health::ready,
        super::health::ready_in_short,
        super::metrics::scrape,
    ),
    modifiers(&ApiKey, &Mounted)
)]
struct Api;

struct ApiKey;

impl utoipa::Modify for ApiKey {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// Handlers behind the key are mounted under `/api/v1`; the description names whole paths.
struct Mounted;

impl utoipa::Modify for Mounted {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
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

/// The description, OpenAPI 3.1.
pub fn document() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

#[get("/api/v1/openapi.json")]
pub(super) async fn serve() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
