//! The owed notices, and the decisions of an operator about them.

use actix_web::http::StatusCode;
use actix_web::web::{Json, Path, Query};
use actix_web::{get, post};
use intake::clock;
use persistence::{NoticeFilter, NoticeState, OwedNotice};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{SharedState, page_limit, tenant_id};
use crate::problem::{Code, Problem};
use crate::views::words::NoticeStatus;
use crate::views::{NoticeView, Page};

/// The notices to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only notices about this tenant.
    tenant_id: Option<String>,
    /// Only notices in this state.
    #[param(inline, value_type = Option<NoticeStatus>)]
    state: Option<String>,
    /// From 1 to 200; the default is 50.
    limit: Option<u64>,
    /// The end of the last page.
    cursor: Option<i64>,
}

/// Lists notices, in the order in which they were decided.
#[utoipa::path(
    operation_id = "listNotices",
    tag = "notices",
    params(ListQuery),
    responses((status = 200, body = Page<NoticeView>), (status = 400, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/notices")]
pub(super) async fn list(query: Query<ListQuery>, state: SharedState) -> Result<Json<Page<NoticeView>>, Problem> {
    let query = query.into_inner();
    let limit = page_limit(query.limit)?;
    let filter = NoticeFilter {
        tenant_id: query
            .tenant_id
            .as_deref()
            .map(tenant_id)
            .transpose()?
            .map(|id| id.to_string()),
        state: query.state.as_deref().map(parse_state).transpose()?,
        after: query.cursor,
    };
    let notices = state.store.outbox().list(&filter, limit + 1).await?;
    Ok(Json(Page::cut(
        notices,
        limit,
        |notice| notice.id.to_string(),
        NoticeView::of,
    )))
}

/// Retries a dead or unknown notice, or sends a pending one now.
#[utoipa::path(
    operation_id = "retryNotice",
    tag = "notices",
    params(("id" = i64, Path, description = "The notice's number")),
    responses((status = 200, body = NoticeView), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("api_key" = [])),
)]
#[post("/notices/{id}/retry")]
pub(super) async fn retry(id: Path<i64>, state: SharedState) -> Result<Json<NoticeView>, Problem> {
    let id = id.into_inner();
    let notice = state.store.outbox().retry(id, clock::now()).await?;
    decided(id, notice, NoticeState::Pending)
}

/// Drops a pending, dead or unknown notice: it will never be sent.
#[utoipa::path(
    operation_id = "dropNotice",
    tag = "notices",
    params(("id" = i64, Path, description = "The notice's number")),
    responses((status = 200, body = NoticeView), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("api_key" = [])),
)]
#[post("/notices/{id}/drop")]
pub(super) async fn drop_notice(id: Path<i64>, state: SharedState) -> Result<Json<NoticeView>, Problem> {
    let id = id.into_inner();
    let notice = state.store.outbox().discard(id, clock::now()).await?;
    decided(id, notice, NoticeState::Superseded)
}

/// Returns the notice, if it now has the wanted state.
fn decided(id: i64, notice: Option<OwedNotice>, wanted: NoticeState) -> Result<Json<NoticeView>, Problem> {
    let notice = notice.ok_or_else(|| Problem::not_found(format!("there is no notice {id}")))?;
    if notice.state != wanted {
        let detail = format!("notice {id} is {}; that is not to be changed", notice.state.as_str());
        return Err(Problem::new(StatusCode::CONFLICT, Code::NoticeIsSettled, detail));
    }
    Ok(Json(NoticeView::of(notice)))
}

fn parse_state(word: &str) -> Result<NoticeState, Problem> {
    NoticeState::parse(word).ok_or_else(|| {
        let states: Vec<&str> = NoticeState::ALL.iter().map(|state| state.as_str()).collect();
        Problem::bad_request(Code::InvalidQuery, format!("state is one of {}", states.join(", ")))
    })
}
