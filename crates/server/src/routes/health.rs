//! Is the process alive, and can it do its work?

use actix_web::get;
use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::SharedDesk;
use crate::problem::Problem;

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

/// The database answers and has the schema this version needs.
#[utoipa::path(tag = "health", responses((status = 200, body = Healthy), (status = 503, body = Problem)))]
#[get("/readyz")]
pub(super) async fn ready(desk: SharedDesk) -> Result<Json<Healthy>, Problem> {
    desk.store.ping().await?;
    if desk.store.is_migrated().await? {
        Ok(Json(OK))
    } else {
        Err(Problem::unavailable("migrations are yet to be applied: run `dunlin migrate`"))
    }
}
