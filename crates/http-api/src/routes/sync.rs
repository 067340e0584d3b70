//! The question to Stripe about one tenant, now.

use actix_web::http::StatusCode;
use actix_web::post;
use actix_web::web::{Json, Path};
use persistence::{CustomerKey, Scope};
use reconcile::{AskError, Reconciler};
use serde::Serialize;
use utoipa::ToSchema;

use super::{SharedState, tenant_id};
use crate::problem::{Code, Problem};

/// The result of asking Stripe about a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SyncView {
    /// The number of subscriptions that the customer has at Stripe, ended ones too, up to a hundred.
    read: u64,
    /// The number of them that told something new.
    accepted: u64,
    /// The number of them that are changing at this moment, and are read again in a few seconds.
    again: u64,
}

/// Asks Stripe about a tenant's subscriptions, now.
///
/// Stripe's answer is learned before this call returns.
#[utoipa::path(
    operation_id = "syncTenant",
    tag = "tenants",
    params(("tenant_id" = String, Path, description = "Your own id of the tenant")),
    responses(
        (status = 200, body = SyncView),
        (status = 404, body = Problem),
        (status = 409, description = "There is no Stripe API key, or the tenant is bound to no customer that Stripe could be asked about", body = Problem),
        (status = 502, description = "Stripe could not be reached, or refused to answer", body = Problem),
        (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
#[post("/tenants/{tenant_id}/sync")]
pub(super) async fn sync(path: Path<String>, state: SharedState) -> Result<Json<SyncView>, Problem> {
    let id = tenant_id(&path)?;
    let tenant = state.store.tenants().get(&id).await?;
    let tenant = tenant.ok_or_else(|| Problem::no_tenant(&id))?;
    let conflict = |code, detail| Problem::new(StatusCode::CONFLICT, code, detail);
    let Some(stripe) = state.stripe.clone() else {
        return Err(conflict(
            Code::NoStripeApiKey,
            "DUNLIN_STRIPE_API_KEY is not set: Stripe cannot be asked",
        ));
    };
    let Some(customer) = tenant.record.stripe_customer_id else {
        return Err(conflict(Code::NoCustomer, "the tenant is bound to no Stripe customer"));
    };
    let reconciler = Reconciler::try_new(stripe, state.store.clone(), &state.filter);
    let reconciler = reconciler.map_err(|error| refused(&error))?;
    let scope = Scope {
        account: tenant.record.stripe_account,
        livemode: tenant.record.livemode.unwrap_or(reconciler.scope().livemode),
    };
    let synced = reconciler
        .sync(&CustomerKey { id: customer, scope })
        .await
        .map_err(|error| refused(&error))?;
    Ok(Json(SyncView {
        read: synced.read,
        accepted: synced.accepted,
        again: synced.again,
    }))
}

fn refused(error: &AskError) -> Problem {
    tracing::warn!(error = error as &dyn std::error::Error, "a tenant could not be synced");
    let detail = match error {
        AskError::Stripe(error) => error.to_string(),
        AskError::Store(_) | AskError::Commit(_) => {
            return Problem::unavailable("the database cannot be used right now");
        }
        other => other.to_string(),
    };
    Problem::new(StatusCode::BAD_GATEWAY, Code::StripeUnavailable, detail)
}
