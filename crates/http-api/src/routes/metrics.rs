//! The numbers for a monitoring system.

use std::time::Duration;

use actix_web::http::header::{Accept, Header as _};
use actix_web::{HttpRequest, HttpResponse, get};
use intake::clock;
use persistence::{Gauges, UnixMicros};
use tokio::time::timeout;
use wording::in_one_line;

use super::SharedState;
use crate::app_state::AppState;
use crate::auth;
use crate::metrics::{Format, Seen};
use crate::problem::Problem;

/// The time that the count of the ledger may take. A scraper waits ten seconds unless it is configured otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns counters and gauges, for Prometheus.
///
/// The counters are this process's own, since its start. The gauges of waiting, stuck and found things are the
/// database's, and the same from every process. If the database cannot be read, only the process's own values are
/// returned. `OpenMetrics` is written for whoever prefers it by `Accept`, else Prometheus' text.
#[utoipa::path(
    operation_id = "getMetrics",
    tag = "health",
    responses(
        (status = 200, description = "The numbers", content(
            (String = "text/plain"),
            (String = "application/openmetrics-text"),
        )),
        (status = 401, body = Problem),
    ),
    security(("api_key" = [])),
)]
#[get("/metrics")]
pub(super) async fn scrape(request: HttpRequest, state: SharedState) -> Result<HttpResponse, Problem> {
    if !auth::is_borne(&request) {
        return Ok(auth::unauthorized());
    }
    let now = clock::now();
    let oldest_batch = state.committer.oldest_batch().unwrap_or_default();
    let (gauges, checks) = tokio::join!(gauges(&state, now), state.readiness.check());
    let examined = state.examined.borrow().clone();
    let seen = Seen {
        is_ready: checks.failed().is_none(),
        oldest_batch,
        is_clock_doubted: clock::doubted().is_some(),
        gauges: gauges.as_ref(),
        examined: examined.as_ref(),
        now,
    };
    let accept = Accept::parse(&request).unwrap_or_else(|_| Accept::star());
    let format = Format::preferred(&accept);
    let page = state.metrics.page(&seen, format);
    let page = page.map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type(format.content_type()).body(page))
}

async fn gauges(state: &AppState, now: UnixMicros) -> Option<Gauges> {
    let reason = match timeout(PATIENCE, state.store.gauges(now)).await {
        Ok(Ok(gauges)) => return Some(gauges),
        Ok(Err(error)) => in_one_line(&error),
        Err(_elapsed) => format!("the database has not answered for {} seconds", PATIENCE.as_secs()),
    };
    tracing::warn!(reason, "metrics are told without those of the database");
    None
}
