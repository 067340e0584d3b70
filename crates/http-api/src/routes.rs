//! The routes, one file per noun.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::JsonPayloadError;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data};
use actix_web::{Error, ResponseError};
use persistence::UnixMicros;

use crate::app_state::AppState;
use crate::auth;
use crate::problem::{Code, Problem};

mod access;
mod addresses;
mod bounces;
mod drift;
mod events;
mod health;
mod link;
mod metrics;
mod notices;
mod openapi;
mod proposals;
mod reads;
mod reconciliation;
mod stripe_webhook;
mod sync;
mod tenants;
mod unrouted;

/// The largest body of a call of Dunlin's own API, in bytes.
const MAX_API_BODY_BYTES: usize = 64 * 1024;

/// Registers the routes. `app_data` must hold an [`AppState`] and the [`ApiKeys`](crate::auth::ApiKeys).
pub(crate) fn configure(app: &mut web::ServiceConfig) {
    let json = web::JsonConfig::default()
        .limit(MAX_API_BODY_BYTES)
        .error_handler(|error, _| {
            let detail = error.to_string();
            match error.status_code() {
                status @ StatusCode::PAYLOAD_TOO_LARGE => Problem::new(status, Code::BodyTooLarge, detail).into(),
                _ if matches!(error, JsonPayloadError::ContentType) => {
                    let detail = "send the body as application/json";
                    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::UnsupportedMediaType, detail).into()
                }
                _ => Problem::bad_request(Code::InvalidBody, detail).into(),
            }
        });
    let query =
        web::QueryConfig::default().error_handler(|error, _| Problem::bad_request(Code::InvalidQuery, error.to_string()).into());
    let path =
        web::PathConfig::default().error_handler(|error, _| Problem::bad_request(Code::InvalidPath, error.to_string()).into());
    app.app_data(json)
        .app_data(query)
        .app_data(path)
        .service(stripe_webhook::deliver)
        .service(health::alive)
        .service(health::ready)
        .service(metrics::scrape)
        .service(openapi::serve)
        .service(link::follow)
        .service(
            web::scope("/api/v1")
                .wrap(from_fn(guarded))
                .service(tenants::put)
                .service(tenants::show)
                .service(tenants::list)
                .service(access::decide)
                .service(tenants::timeline)
                .service(events::list)
                .service(events::show)
                .service(notices::list)
                .service(notices::retry)
                .service(notices::drop_notice)
                .service(sync::sync)
                .service(reconciliation::show)
                .service(proposals::list)
                .service(proposals::accept)
                .service(proposals::dismiss)
                .service(drift::list)
                .service(reads::list)
                .service(addresses::list)
                .service(addresses::allow)
                .service(bounces::tell)
                .default_service(web::route().to(unrouted::answer)),
        )
        .default_service(web::route().to(unrouted::answer));
}

/// Refuses a path or a query with a NUL in it, and has HEAD answered wherever GET is. It is a middleware.
///
/// No name has a NUL, and PostgreSQL cannot look for one.
///
/// # Errors
/// Those of the service behind it.
pub(crate) async fn at_the_door(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let uri = request.uri();
    if uri.path_and_query().is_some_and(|asked| asked.as_str().contains("%00")) {
        let problem = Problem::bad_request(Code::InvalidPath, "a path or query has a NUL in it");
        return Ok(request.into_response(problem.error_response()));
    }
    // The connection knows what was asked, and leaves out the body. A pay link tells the two apart by itself.
    if request.method() == Method::HEAD && !request.path().starts_with("/l/") {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// Passes a request on if it bears a key. It is a middleware.
///
/// Without a key nothing is said about what there is, except about the routes that need none.
///
/// # Errors
/// Those of the service behind it.
async fn guarded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if auth::is_borne(request.request()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refused = unrouted::answer_in_the_open(request.request()).unwrap_or_else(auth::unauthorized);
    Ok(request.into_response(refused).map_into_right_body())
}

type SharedState = Data<AppState>;

/// The number of items on a page if the caller does not say. `MAX_LIMIT` is the most.
const DEFAULT_LIMIT: u64 = 50;
const MAX_LIMIT: u64 = 200;

fn page_limit(asked: Option<u64>) -> Result<u64, Problem> {
    match asked.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(Problem::bad_request(
            Code::InvalidQuery,
            format!("limit is a number from 1 to {MAX_LIMIT}"),
        )),
    }
}

/// Writes the cursor of a page that is ordered by a moment and, within it, an id.
fn write_cursor(at: UnixMicros, id: &str) -> String {
    format!("{}~{id}", at.as_micros())
}

fn read_cursor<Id>(cursor: Option<&str>, id: impl FnOnce(String) -> Id) -> Result<Option<(UnixMicros, Id)>, Problem> {
    let Some(text) = cursor else {
        return Ok(None);
    };
    let parts = text.split_once('~').and_then(|(at, id)| Some((at.parse().ok()?, id)));
    let (at, name) = parts.ok_or_else(|| Problem::bad_request(Code::InvalidQuery, "cursor is not one that a page gave"))?;
    Ok(Some((UnixMicros::new(at), id(name.to_owned()))))
}

fn tenant_id(text: &str) -> Result<subscription::TenantId, Problem> {
    subscription::TenantId::parse(text).map_err(|error| Problem::bad_request(Code::InvalidTenantId, error.to_string()))
}
