//! Suppressed addresses, which get no mail.

use actix_web::web::{Json, Path};
use actix_web::{HttpResponse, delete, get};

use super::SharedState;
use crate::problem::Problem;
use crate::views::{Page, SuppressedAddressView};

/// Lists the addresses that mail servers refused for good. No mail is sent to them.
#[utoipa::path(
    operation_id = "listSuppressedAddresses",
    tag = "notices",
    responses((status = 200, body = Page<SuppressedAddressView>)),
    security(("api_key" = [])),
)]
#[get("/suppressed-addresses")]
pub(super) async fn list(state: SharedState) -> Result<Json<Page<SuppressedAddressView>>, Problem> {
    let addresses = state.store.outbox().suppressed_addresses().await?;
    Ok(Json(Page {
        data: addresses.into_iter().map(SuppressedAddressView::of).collect(),
        next_cursor: None,
    }))
}

/// Stops suppressing an address.
#[utoipa::path(
    operation_id = "deleteSuppressedAddress",
    tag = "notices",
    params(("email" = String, Path, description = "The address")),
    responses((status = 204, description = "It is no longer suppressed"), (status = 404, body = Problem)),
    security(("api_key" = [])),
)]
#[delete("/suppressed-addresses/{email}")]
pub(super) async fn allow(email: Path<String>, state: SharedState) -> Result<HttpResponse, Problem> {
    if state.store.outbox().allow_address(&email).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::not_found("this address is not suppressed".to_owned()))
}
