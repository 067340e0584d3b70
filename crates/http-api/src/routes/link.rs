//! The destination of pay links. Open to anyone who has one.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, route};
use intake::clock;
use pay_link::{Landing, NOBODYS_LOCALE, Page};

use super::SharedState;
use crate::mail::Mail;
use crate::problem::Problem;

/// Redirects a pay link to the page where its invoice can be paid now.
///
/// A GET changes nothing but the timeline, and makes at most a session of the billing portal, because programs that
/// scan mails follow links too. A HEAD looks nothing up.
#[utoipa::path(
    operation_id = "followPayLink",
    get,
    path = "/l/{token}",
    tag = "links",
    params(("token" = String, Path, description = "What a pay link has after /l/")),
    responses(
        (status = 303, description = "To Stripe's page for the invoice, to a session of its billing portal, or to the SaaS's billing page"),
        (status = 200, description = "It is paid: a page that says so, in the tenant's language", body = String, content_type = "text/html"),
        (
            status = 404,
            description = "The link is none of ours, too old, or no longer of this tenant: one page for all. A problem where pay links are not configured",
            content((String = "text/html"), (Problem = "application/problem+json")),
        ),
        (status = 503, description = "There is nowhere to pay at this moment", body = String, content_type = "text/html"),
    ),
)]
#[route("/l/{token}", method = "GET", method = "HEAD")]
pub(super) async fn follow(request: HttpRequest, token: Path<String>, state: SharedState) -> Result<HttpResponse, Problem> {
    let Some(links) = &state.links else {
        return Err(Problem::not_found("there are no pay links here"));
    };
    if request.method() == Method::HEAD {
        return Ok(private_response(StatusCode::OK).finish());
    }
    let landing = links.follow(&token, &state.store, clock::now()).await;
    let landing = landing.unwrap_or_else(|error| {
        // The caller is a person who wants to pay, and reads no problem document.
        tracing::error!(error = &error as &dyn std::error::Error, "a pay link cannot be followed");
        Landing::Here(Page::Later, NOBODYS_LOCALE.to_owned())
    });
    match landing {
        Landing::Elsewhere(url) => Ok(private_response(StatusCode::SEE_OTHER)
            .insert_header((LOCATION, url.as_str()))
            .finish()),
        Landing::Here(page, locale) => Ok(show(state.mail.as_ref(), page, &locale)),
    }
}

fn show(mail: &dyn Mail, page: Page, locale: &str) -> HttpResponse {
    let status = match page {
        Page::Paid => StatusCode::OK,
        Page::Later => StatusCode::SERVICE_UNAVAILABLE,
        Page::Gone => StatusCode::NOT_FOUND,
    };
    let html = mail.page(page, locale).unwrap_or_else(|error| {
        tracing::error!(error = error.as_ref() as &dyn std::error::Error, "a page cannot be shown");
        String::new()
    });
    let mut response = private_response(status);
    if page == Page::Later {
        response.insert_header((RETRY_AFTER, "60"));
    }
    response.content_type("text/html; charset=utf-8").body(html)
}

/// Starts an answer that nobody stores, that hides the referrer, and that loads nothing. Its style is inline.
fn private_response(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ));
    response
}
