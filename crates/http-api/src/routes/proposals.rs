//! The bindings that Stripe's objects claim, and the decisions of an operator about them.

use actix_web::http::StatusCode;
use actix_web::web::{Json, Path, Query};
use actix_web::{get, post};
use intake::clock;
use persistence::{Decision, ProposalFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{SharedState, page_limit};
use crate::problem::{Code, Problem};
use crate::views::{Page, ProposalView};

/// The proposals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Also list accepted and dismissed proposals.
    all: Option<bool>,
    /// From 1 to 200; the default is 50.
    limit: Option<u64>,
    /// The end of the last page.
    cursor: Option<i64>,
}

/// Lists the tenants that Stripe's objects claim their customers to be, while nobody has decided, in the order they
/// were found.
#[utoipa::path(
    operation_id = "listProposals",
    tag = "proposals",
    params(ListQuery),
    responses((status = 200, body = Page<ProposalView>), (status = 400, body = Problem)),
    security(("api_key" = [])),
)]
#[get("/proposals")]
pub(super) async fn list(query: Query<ListQuery>, state: SharedState) -> Result<Json<Page<ProposalView>>, Problem> {
    let limit = page_limit(query.limit)?;
    let filter = ProposalFilter {
        with_decided: query.all.unwrap_or(false),
        after: query.cursor,
    };
    let proposals = state.store.proposals().list(&filter, limit + 1).await?;
    Ok(Json(Page::cut(
        proposals,
        limit,
        |proposal| proposal.id.to_string(),
        |proposal| ProposalView::of(&proposal),
    )))
}

/// Binds the tenant to the customer, and makes the tenant if it does not exist.
#[utoipa::path(
    operation_id = "acceptProposal",
    tag = "proposals",
    params(("id" = i64, Path, description = "The proposal's number")),
    responses(
        (status = 200, body = ProposalView),
        (status = 404, body = Problem),
        (status = 409, description = "One of the two is bound elsewhere, or it was decided before", body = Problem),
    ),
    security(("api_key" = [])),
)]
#[post("/proposals/{id}/accept")]
pub(super) async fn accept(id: Path<i64>, state: SharedState) -> Result<Json<ProposalView>, Problem> {
    let id = id.into_inner();
    decided(id, state.store.proposals().accept(id, clock::now()).await?)
}

/// Decides against a proposal. The same claim does not make it again.
#[utoipa::path(
    operation_id = "dismissProposal",
    tag = "proposals",
    params(("id" = i64, Path, description = "The proposal's number")),
    responses((status = 200, body = ProposalView), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("api_key" = [])),
)]
#[post("/proposals/{id}/dismiss")]
pub(super) async fn dismiss(id: Path<i64>, state: SharedState) -> Result<Json<ProposalView>, Problem> {
    let id = id.into_inner();
    decided(id, state.store.proposals().dismiss(id, clock::now()).await?)
}

fn decided(id: i64, decision: Decision) -> Result<Json<ProposalView>, Problem> {
    match decision {
        Decision::Taken(proposal) => Ok(Json(ProposalView::of(&proposal))),
        Decision::Unknown => Err(Problem::not_found(format!("there is no proposal {id}"))),
        Decision::Refused(proposal) => {
            let detail = format!(
                "proposal {id} is {}; see GET /api/v1/proposals?all=true",
                proposal.state.as_str()
            );
            Err(Problem::new(StatusCode::CONFLICT, Code::ProposalIsSettled, detail))
        }
    }
}
