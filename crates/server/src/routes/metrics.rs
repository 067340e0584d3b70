//! Numbers for a monitoring system.

use actix_web::{HttpRequest, HttpResponse, get};

use super::SharedDesk;
use crate::metrics::CONTENT_TYPE;
use crate::problem::Problem;
use crate::{auth, clock};

/// Counters and gauges, for Prometheus.
///
/// What is counted is this process's own since it started; what waits, is stuck or was found is the database's, and the same
/// from every process.
#[utoipa::path(
    tag = "health",
    responses(
        (status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"),
        (status = 401, body = Problem),
        (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
#[get("/metrics")]
pub(super) async fn scrape(request: HttpRequest, desk: SharedDesk) -> Result<HttpResponse, Problem> {
    if !auth::is_borne(&request) {
        return Ok(auth::unauthorized());
    }
    let now = clock::now();
    let gauges = desk.store.gauges(now).await?;
    let page = desk.metrics.page(&gauges, desk.examined.borrow().as_ref(), now);
    let page = page.map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(page))
}
