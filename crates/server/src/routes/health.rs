//! Is the process alive, and can it do its work?

use actix_web::web::{Json, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError, get, head};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::SharedDesk;
use crate::auth;
use crate::problem::Problem;
use crate::readiness::{Check, Checks};
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

/// The process answers, in no words.
#[utoipa::path(tag = "health", responses((status = 200)))]
#[head("/healthz")]
pub(super) async fn alive_in_short() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// How much to tell.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReadyQuery {
    /// Also each check, and what the doctor found last; for this the API key is needed.
    verbose: Option<String>,
}

/// It is ready.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Ready {
    /// All there is to say to anybody.
    Brief(Healthy),
    /// The same in full.
    InFull(ReadyInFull),
}

/// It is ready; each check, and what the doctor found last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadyInFull {
    /// `ok`: it is ready, whatever the doctor found.
    status: &'static str,
    checks: Vec<Check>,
    /// `null` until the doctor has looked for the first time.
    doctor: Option<ReportView>,
}

/// It is not ready.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Unready {
    /// Why not.
    Brief(Problem),
    /// The same in full.
    InFull(UnreadyInFull),
}

/// It is not ready: a problem, each check, and what the doctor found last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnreadyInFull {
    #[serde(flatten)]
    problem: Problem,
    checks: Vec<Check>,
    /// `null` until the doctor has looked for the first time.
    doctor: Option<ReportView>,
}

/// The database has the schema this version needs, takes writes, and keeps them; else the problem's `detail` says why not.
#[utoipa::path(
    tag = "health",
    params(ReadyQuery),
    responses(
        (status = 200, description = "`{\"status\": \"ok\"}`; with `verbose` and an API key, also each check and what the doctor found", body = Ready),
        (status = 401, description = "`verbose` without an API key", body = Problem),
        (status = 503, description = "`detail` begins with the check that failed; with `verbose` also each check and what the doctor found", body = Unready),
    ),
)]
#[get("/readyz")]
pub(super) async fn ready(request: HttpRequest, query: Query<ReadyQuery>, desk: SharedDesk) -> HttpResponse {
    if query.verbose.is_some() && !auth::is_borne(&request) {
        return auth::unauthorized();
    }
    let checks = desk.readiness.check().await;
    let doctor = || desk.examined.borrow().as_ref().map(ReportView::of);
    let in_full = query.verbose.as_ref().map(|_| (checks.all().to_vec(), doctor()));
    match problem(&checks) {
        None => HttpResponse::Ok().json(readied(in_full)),
        Some(problem) => problem.clone().response_with(&unreadied(problem, in_full)),
    }
}

/// The same in no words: the status alone.
#[utoipa::path(
    tag = "health",
    responses(
        (status = 200, description = "It is ready"),
        (status = 503, description = "It is not; GET says why"),
    ),
)]
#[head("/readyz")]
pub(super) async fn ready_in_short(desk: SharedDesk) -> HttpResponse {
    let checks = desk.readiness.check().await;
    problem(&checks).map_or_else(|| HttpResponse::Ok().finish(), |problem| problem.error_response())
}

fn problem(checks: &Checks) -> Option<Problem> {
    let Check { id, detail, .. } = checks.failed()?;
    Some(Problem::unavailable(format!("{id}: {detail}")))
}

/// What is told in full only.
type InFull = Option<(Vec<Check>, Option<ReportView>)>;

fn readied(in_full: InFull) -> Ready {
    let status = OK.status;
    in_full.map_or(Ready::Brief(OK), |(checks, doctor)| {
        Ready::InFull(ReadyInFull { status, checks, doctor })
    })
}

fn unreadied(problem: Problem, in_full: InFull) -> Unready {
    match in_full {
        None => Unready::Brief(problem),
        Some((checks, doctor)) => Unready::InFull(UnreadyInFull { problem, checks, doctor }),
    }
}
