//! The notices that are owed.

use actix_web::get;
use actix_web::web::{Json, Query};
use persistence::NoticeFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{SharedDesk, page_limit};
use crate::problem::Problem;
use crate::views::{NoticeView, Page};

/// Which notices to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only those about this tenant.
    tenant_id: Option<String>,
    /// Only those in this state.
    state: Option<String>,
    /// From 1 to 200; 50 unless said.
    limit: Option<u64>,
    /// Where the last page ended.
    cursor: Option<i64>,
}

/// Notices, in the order they were decided.
#[utoipa::path(
    tag = "notices",
    params(ListQuery),
    responses((status = 200, body = Page<NoticeView>), (status = 400, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/notices")]
pub(super) async fn list(query: Query<ListQuery>, desk: SharedDesk) -> Result<Json<Page<NoticeView>>, Problem> {
    let query = query.into_inner();
    let limit = page_limit(query.limit)?;
    let filter = NoticeFilter {
        tenant_id: query.tenant_id,
        state: query.state,
        after: query.cursor,
    };
    let notices = desk.store.notices(&filter, limit + 1).await?;
    Ok(Json(Page::cut(
        notices,
        limit,
        |notice| notice.id.to_string(),
        NoticeView::of,
    )))
}
