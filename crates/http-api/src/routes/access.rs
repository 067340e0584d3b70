//! The access decision: what a tenant may do now.

use actix_web::get;
use actix_web::web::{Json, Path};
use intake::clock;

use super::{SharedState, tenant_id};
use crate::problem::Problem;
use crate::views::AccessView;

/// Decides whether a tenant may use the service now, and why.
#[utoipa::path(
    operation_id = "getTenantAccess",
    tag = "tenants",
    params(("tenant_id" = String, Path)),
    responses((status = 200, body = AccessView), (status = 404, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/tenants/{tenant_id}/access")]
pub(super) async fn decide(path: Path<String>, state: SharedState) -> Result<Json<AccessView>, Problem> {
    let id = tenant_id(&path)?;
    let tenant = state.lookup.tenant(id.clone()).await?;
    let tenant = tenant.ok_or_else(|| Problem::no_tenant(&id))?;
    let now = clock::now();
    let access = subscription::access::access(&tenant.state, &state.policy, now.to_unix_seconds());
    Ok(Json(AccessView::of(&tenant, &access, state.links.as_deref(), now)))
}
