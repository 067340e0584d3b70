//! Is the process alive, and can it do its work?

use actix_web::web::{Json, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::SharedDesk;
use crate::auth;
use crate::problem::Problem;
use crate::views::ReportView;

/// All is well.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Healthy {
    status: &'static str,
}

const OK: Healthy = Healthy { status: "ok" };

/// The process answers.
#[utoipa::path(tag = "health", responses((status = 200, body = Healthy)))]
#[get("/healthz")]
pub(super) async fn alive() -> Json<Healthy> {
    Json(OK)
}

/// How much to tell.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReadyQuery {
    /// Also what the doctor found last; for this the API key is needed.
    verbose: Option<String>,
}

/// It is ready, and what the doctor found last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Examined {
    /// `ok`: it is ready, whatever was found.
    status: &'static str,
    /// `null` until the doctor has looked for the first time.
    doctor: Option<ReportView>,
}

/// The database has the schema this version needs, takes writes, and keeps them; else the problem's `detail` says why not.
#[utoipa::path(
    tag = "health",
    params(ReadyQuery),
    responses(
        (status = 200, description = "`{\"status\": \"ok\"}`; with `verbose` and an API key, also what the doctor found", body = Examined),
        (status = 401, description = "`verbose` without an API key", body = Problem),
        (status = 503, body = Problem),
    ),
)]
#[get("/readyz")]
pub(super) async fn ready(request: HttpRequest, query: Query<ReadyQuery>, desk: SharedDesk) -> Result<HttpResponse, Problem> {
    if query.verbose.is_some() && !auth::is_borne(&request) {
        return Ok(auth::unauthorized());
    }
    desk.readiness
        .check()
        .await
        .map_err(|reason| Problem::unavailable(&*reason))?;
    Ok(match query.verbose {
        None => HttpResponse::Ok().json(OK),
        Some(_) => HttpResponse::Ok().json(Examined {
            status: OK.status,
            doctor: desk.examined.borrow().as_ref().map(ReportView::of),
        }),
    })
}
