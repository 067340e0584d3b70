//! The state of the reconciliation with Stripe.

use actix_web::get;
use actix_web::web::Json;
use intake::clock;
use persistence::UnixMicros;
use serde::Serialize;
use utoipa::ToSchema;

use super::SharedState;
use subscription::DAY_SECS;

use crate::problem::Problem;
use crate::views::at_micros;

/// The state of the reconciliation with Stripe.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciliationView {
    /// True if this instance asks Stripe by itself.
    enabled: bool,
    /// The end of the last reconciliation, successful or not; null before the first, and if another instance does it.
    last_at: Option<String>,
    /// The reason of the failure; null if it did not fail.
    failure: Option<String>,
    /// The number of listed events.
    events_listed: u64,
    /// The number of them that no webhook had brought.
    events_missing: u64,
    /// The number of differences found in the last 24 hours that should have been told before.
    drift_last_day: u64,
    /// The number of subscriptions that cannot be read and wait for a person, up to 200.
    reads_waiting: usize,
}

const MAX_ALARMS: u64 = 200;

/// Returns the result of this instance's last reconciliation with Stripe.
#[utoipa::path(
    operation_id = "getReconciliation",
    tag = "drift",
    responses((status = 200, body = ReconciliationView), (status = 503, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/reconciliation")]
pub(super) async fn show(state: SharedState) -> Result<Json<ReconciliationView>, Problem> {
    let last = state.reconciled.as_ref().and_then(|last| last.borrow().clone());
    let followed = last.as_ref().map(|last| last.followed).unwrap_or_default();
    let since: UnixMicros = clock::now().plus_secs(-DAY_SECS);
    Ok(Json(ReconciliationView {
        enabled: state.reconciled.is_some(),
        last_at: last.as_ref().map(|last| at_micros(last.at)),
        failure: last.and_then(|last| last.failure),
        events_listed: followed.listed,
        events_missing: followed.missing,
        drift_last_day: state.store.drift().count(since).await?,
        reads_waiting: state.store.reads().alarms(MAX_ALARMS).await?.len(),
    }))
}
