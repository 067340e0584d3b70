//! The state of the reconciliation with Stripe.

use actix_web::get;
use actix_web::web::Json;
use persistence::UnixMicros;
use serde::Serialize;
use utoipa::ToSchema;

use super::SharedDesk;
use crate::clock;
use crate::problem::Problem;
use crate::views::at_micros;

/// How reconciling with Stripe goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciliationView {
    /// Whether this instance asks Stripe by itself.
    enabled: bool,
    /// When it last came to an end, by itself or in vain; null before the first time, and where another instance does it.
    last_at: Option<String>,
    /// Why it failed; null where it did not.
    failure: Option<String>,
    /// How many events were listed.
    events_listed: u64,
    /// How many of them no webhook had brought.
    events_missing: u64,
    /// How much was found in the last 24 hours that should have been told before.
    drift_last_day: u64,
    /// How many subscriptions cannot be read and wait for a person, up to 200.
    reads_waiting: usize,
}

const DAY_SECS: i64 = 24 * 60 * 60;
const MAX_ALARMS: u64 = 200;

/// How reconciling with Stripe goes: the last time in this instance, and what it found.
#[utoipa::path(
    tag = "drift",
    responses((status = 200, body = ReconciliationView), (status = 503, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/reconciliation")]
pub(super) async fn show(desk: SharedDesk) -> Result<Json<ReconciliationView>, Problem> {
    let last = desk.reconciled.as_ref().and_then(|last| last.borrow().clone());
    let followed = last.as_ref().map(|last| last.followed).unwrap_or_default();
    let since: UnixMicros = clock::now().plus_secs(-DAY_SECS);
    Ok(Json(ReconciliationView {
        enabled: desk.reconciled.is_some(),
        last_at: last.as_ref().map(|last| at_micros(last.at)),
        failure: last.and_then(|last| last.failure),
        events_listed: followed.listed,
        events_missing: followed.missing,
        drift_last_day: desk.store.count_drifts(since).await?,
        reads_waiting: desk.store.read_alarms(MAX_ALARMS).await?.len(),
    }))
}
