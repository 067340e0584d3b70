//! The inbox.

use actix_web::get;
use actix_web::web::{Json, Path, Query};
use intake::body;
use persistence::{EventFilter, Outcome};
use serde::Deserialize;
use subscription::{CustomerId, EventId};
use utoipa::{IntoParams, ToSchema};

use super::{SharedState, page_limit, read_cursor, write_cursor};
use crate::problem::Problem;
use crate::views::{EventView, Page};

/// The events to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only events of this type.
    r#type: Option<String>,
    /// Only events about this Stripe customer.
    customer: Option<String>,
    /// Only events with this outcome.
    #[param(inline)]
    outcome: Option<OutcomeQuery>,
    /// From 1 to 200; the default is 50.
    limit: Option<u64>,
    /// The end of the last page.
    #[param(pattern = r"^[0-9]{1,18}~[^\u0000]*$")]
    cursor: Option<String>,
}

/// The outcome of an event.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OutcomeQuery {
    Applied,
    Ignored,
    Foreign,
    Quarantined,
}

/// Lists every delivered event, the newest first.
#[utoipa::path(
    operation_id = "listEvents",
    tag = "events",
    params(ListQuery),
    responses((status = 200, body = Page<EventView>), (status = 400, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/events")]
pub(super) async fn list(query: Query<ListQuery>, state: SharedState) -> Result<Json<Page<EventView>>, Problem> {
    let query = query.into_inner();
    let limit = page_limit(query.limit)?;
    let filter = EventFilter {
        kind: query.r#type,
        customer: query.customer.map(CustomerId::new),
        outcome: query.outcome.map(|outcome| match outcome {
            OutcomeQuery::Applied => Outcome::Applied,
            OutcomeQuery::Ignored => Outcome::Ignored,
            OutcomeQuery::Foreign => Outcome::Foreign,
            OutcomeQuery::Quarantined => Outcome::Quarantined,
        }),
        before: read_cursor(query.cursor.as_deref(), EventId::new)?,
    };
    let events = state.store.inbox().list(&filter, limit + 1).await?;
    Ok(Json(Page::cut(
        events,
        limit,
        |event| write_cursor(event.received_at, event.event.key.id.as_str()),
        |event| EventView::of(&event, None),
    )))
}

/// Shows one event, with its body while that is kept.
#[utoipa::path(
    operation_id = "getEvent",
    tag = "events",
    params(("event_id" = String, Path)),
    responses((status = 200, body = EventView), (status = 404, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/events/{event_id}")]
pub(super) async fn show(path: Path<String>, state: SharedState) -> Result<Json<EventView>, Problem> {
    let id = EventId::new(path.into_inner());
    let found = state.store.inbox().get(&id).await?;
    let (event, payload) = found.ok_or_else(|| Problem::not_found(format!("there is no event {id}")))?;
    let body = payload
        .map(|payload| body::decompress(&payload))
        .transpose()
        .unwrap_or_else(|error| {
            tracing::error!(event.id = id.as_str(), %error, "an event's stored body cannot be read");
            None
        });
    Ok(Json(EventView::of(&event, body.as_deref())))
}
