//! The subscriptions that Stripe is to be asked about.

use actix_web::get;
use actix_web::web::{Json, Query};
use persistence::ReadFilter;
use serde::Deserialize;
use subscription::SubscriptionId;
use utoipa::IntoParams;

use super::{SharedState, page_limit, read_cursor, write_cursor};
use crate::problem::Problem;
use crate::views::{Page, PendingReadView};

/// The reads to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only reads that failed and wait for a person.
    alarm: Option<bool>,
    /// From 1 to 200; the default is 50.
    limit: Option<u64>,
    /// The end of the last page.
    #[param(pattern = r"^[0-9]{1,18}~[^\u0000]*$")]
    cursor: Option<String>,
}

/// Lists the subscriptions that Stripe is to be asked about, because their events are missing or in doubt, or because
/// an operator wants to know; the longest waiting first.
#[utoipa::path(
    operation_id = "listReads",
    tag = "reads",
    params(ListQuery),
    responses((status = 200, body = Page<PendingReadView>), (status = 400, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/reads")]
pub(super) async fn list(query: Query<ListQuery>, state: SharedState) -> Result<Json<Page<PendingReadView>>, Problem> {
    let limit = page_limit(query.limit)?;
    let filter = ReadFilter {
        alarms_only: query.alarm.unwrap_or(false),
        after: read_cursor(query.cursor.as_deref(), SubscriptionId::new)?,
    };
    let reads = state.store.reads().list(&filter, limit + 1).await?;
    Ok(Json(Page::cut(
        reads,
        limit,
        |read| write_cursor(read.since, read.subscription.as_str()),
        |read| PendingReadView::of(&read),
    )))
}
