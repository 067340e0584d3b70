//! Health: is the process alive, and can it do its work?

use actix_web::web::{Json, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::SharedState;
use crate::auth;
use crate::problem::Problem;
use crate::readiness::{Check, Checks};
use crate::views::words::HealthStatus;
use crate::views::{ReportView, at_micros};

/// All is well.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Healthy {
    #[schema(value_type = HealthStatus)]
    status: &'static str,
}

const OK: Healthy = Healthy { status: "ok" };

/// Confirms that the process answers.
#[utoipa::path(operation_id = "getHealth", tag = "health", responses((status = 200, body = Healthy)))]
#[get("/healthz")]
pub(super) async fn alive() -> Json<Healthy> {
    Json(OK)
}

/// The extent of the answer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReadyQuery {
    /// Also return each check, the mail server's state, and the doctor's last findings. Needs the API key.
    verbose: Option<String>,
}

/// It is ready.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Ready {
    /// The answer for anybody.
    Brief(Healthy),
    /// The full answer.
    InFull(ReadyInFull),
}

/// It is ready, in full.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadyInFull {
    /// `ok`: it is ready, whatever the state of mail and the doctor's findings are.
    #[schema(value_type = HealthStatus)]
    status: &'static str,
    #[serde(flatten)]
    details: Details,
}

/// The details of a full answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Details {
    checks: Vec<Check>,
    /// `null` if the database cannot be asked for it.
    mail_server: Option<MailServer>,
    /// `null` until the doctor has made its first examination.
    doctor: Option<ReportView>,
}

/// The mail server, as the workers of this database found it. Deliveries are taken without it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailServer {
    /// True if it can be used, as far as is known.
    ok: bool,
    /// The start of the outage.
    since: Option<String>,
    /// The reason of the outage.
    detail: Option<String>,
}

/// It is not ready.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Unready {
    /// The reason.
    Brief(Problem),
    /// The full answer.
    InFull(UnreadyInFull),
}

/// It is not ready: a problem, and the rest in full.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnreadyInFull {
    #[serde(flatten)]
    problem: Problem,
    #[serde(flatten)]
    details: Details,
}

/// Checks that the database has the schema this version needs, takes writes and keeps them, and that no delivery waits
/// for it for long. If not, the problem's `detail` says why.
#[utoipa::path(
    operation_id = "getReadiness",
    tag = "health",
    params(ReadyQuery),
    responses(
        (status = 200, description = "`{\"status\": \"ok\"}`; with `verbose` and an API key, also each check and what the doctor found", body = Ready),
        (status = 401, description = "`verbose` without an API key", body = Problem),
        (status = 503, description = "`detail` begins with the check that failed; with `verbose` also each check and what the doctor found", body = Unready),
    ),
)]
#[get("/readyz")]
pub(super) async fn ready(request: HttpRequest, query: Query<ReadyQuery>, state: SharedState) -> HttpResponse {
    if query.verbose.is_some() && !auth::is_borne(&request) {
        return auth::unauthorized();
    }
    let checks = state.readiness.check().await;
    let details = match query.verbose {
        Some(_) => Some(details(&checks, &state).await),
        None => None,
    };
    match problem(&checks) {
        None => HttpResponse::Ok().json(readied(details)),
        Some(problem) => problem.clone().response_with(&unreadied(problem, details)),
    }
}

fn problem(checks: &Checks) -> Option<Problem> {
    let Check { id, detail, .. } = checks.failed()?;
    Some(Problem::unavailable(format!("{id}: {detail}")))
}

async fn details(checks: &Checks, state: &SharedState) -> Details {
    // A database that cannot be used has already been waited for once.
    let mail_server = match checks.failed() {
        None => mail_server(state).await,
        Some(_) => None,
    };
    Details {
        checks: checks.all().to_vec(),
        mail_server,
        doctor: state.examined.borrow().as_ref().map(ReportView::of),
    }
}

async fn mail_server(state: &SharedState) -> Option<MailServer> {
    match state.store.outbox().mail_outage().await {
        Ok(outage) => Some(MailServer {
            ok: outage.is_none(),
            since: outage.as_ref().map(|outage| at_micros(outage.since)),
            detail: outage.map(|outage| outage.reason),
        }),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot tell of the mail server");
            None
        }
    }
}

fn readied(details: Option<Details>) -> Ready {
    let status = OK.status;
    details.map_or(Ready::Brief(OK), |details| Ready::InFull(ReadyInFull { status, details }))
}

fn unreadied(problem: Problem, details: Option<Details>) -> Unready {
    match details {
        None => Unready::Brief(problem),
        Some(details) => Unready::InFull(UnreadyInFull { problem, details }),
    }
}
