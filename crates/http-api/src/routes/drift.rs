//! Drift: what was found by asking Stripe, and no webhook had told.

use actix_web::get;
use actix_web::web::{Json, Query};
use jiff::Timestamp;
use persistence::{DriftFilter, UnixMicros};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{SharedState, page_limit, tenant_id};
use crate::problem::{Code, Problem};
use crate::views::{DriftView, Page};

/// The drift to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only drift of this tenant.
    tenant_id: Option<String>,
    /// Only drift found at this time or later, in RFC 3339.
    #[param(format = DateTime)]
    since: Option<String>,
    /// From 1 to 200; the default is 50.
    limit: Option<u64>,
    /// The end of the last page.
    cursor: Option<i64>,
}

/// Lists what differed from Stripe's state until Stripe was asked, the latest finding first.
#[utoipa::path(
    operation_id = "listDrift",
    tag = "drift",
    params(ListQuery),
    responses((status = 200, body = Page<DriftView>), (status = 400, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/drift")]
pub(super) async fn list(query: Query<ListQuery>, state: SharedState) -> Result<Json<Page<DriftView>>, Problem> {
    let limit = page_limit(query.limit)?;
    let filter = DriftFilter {
        tenant: query.tenant_id.as_deref().map(tenant_id).transpose()?,
        since: query.since.as_deref().map(moment).transpose()?,
        before: query.cursor,
    };
    let drift = state.store.drift().list(&filter, limit + 1).await?;
    Ok(Json(Page::cut(
        drift,
        limit,
        |drift| drift.id.to_string(),
        |drift| DriftView::of(&drift),
    )))
}

fn moment(text: &str) -> Result<UnixMicros, Problem> {
    let moment: Result<Timestamp, _> = text.parse();
    match moment {
        Ok(moment) => Ok(UnixMicros::new(moment.as_microsecond())),
        Err(_) => Err(Problem::bad_request(
            Code::InvalidQuery,
            "since is a time like 2026-11-25T00:00:00Z",
        )),
    }
}
