//! The answers to requests that no route takes.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::openapi::{DESCRIPTION, operations};
use crate::problem::{Code, Problem};

/// A path of the API's description, and what it says of it.
struct Route {
    template: String,
    /// The value of `Allow`.
    allowed: String,
    /// True if one of its operations needs no key.
    is_open: bool,
}

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let paths = DESCRIPTION.paths.paths.clone();
    let routes = paths.into_iter().map(|(template, mut item)| {
        let mut allowed = Vec::new();
        let mut is_open = false;
        for (method, operation) in operations(&mut item) {
            allowed.push(method);
            if method == "GET" {
                allowed.push("HEAD");
            }
            is_open |= operation.security.is_none();
        }
        Route {
            template,
            allowed: allowed.join(", "),
            is_open,
        }
    });
    routes.collect()
});

impl Route {
    fn of(path: &str) -> Option<&'static Self> {
        ROUTES.iter().find(|route| route.matches(path))
    }

    fn matches(&self, path: &str) -> bool {
        let fits = |(part, asked): (&str, &str)| part == asked || (part.starts_with('{') && !asked.is_empty());
        let is_as_long = self.template.matches('/').count() == path.matches('/').count();
        is_as_long && self.template.split('/').zip(path.split('/')).all(fits)
    }
}

/// Answers a request that no route takes: its path has other methods, or there is none.
pub(super) async fn answer(request: HttpRequest) -> HttpResponse {
    refuse(&request)
}

/// Answers a request without a key that no route takes, if that tells no more than everybody may know.
pub(super) fn answer_in_the_open(request: &HttpRequest) -> Option<HttpResponse> {
    let path = request.path();
    let is_open = Route::of(path).is_some_and(|route| route.is_open);
    (is_open || is_nearly_the_webhook(path)).then(|| refuse(request))
}

fn refuse(request: &HttpRequest) -> HttpResponse {
    let (method, path) = (request.method(), request.path());
    if let Some(route) = Route::of(path) {
        let detail = format!("{path} answers {}", route.allowed);
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, detail);
        let mut response = problem.error_response();
        if let Ok(allowed) = HeaderValue::from_str(&route.allowed) {
            response.headers_mut().insert(ALLOW, allowed);
        }
        return response;
    }
    let detail = if is_nearly_the_webhook(path) {
        format!("there is no {method} {path}; Stripe delivers to POST /api/v1/stripe/webhook")
    } else {
        format!("there is no {method} {path}")
    };
    Problem::not_found(detail).error_response()
}

/// Returns true if somebody who set up Stripe's deliveries may have meant the webhook.
fn is_nearly_the_webhook(path: &str) -> bool {
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    ["/webhook", "/webhooks", "/stripe"].iter().any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_of_the_description_part_by_part() {
        let allowed = |path| Route::of(path).map(|route| route.allowed.as_str());
        assert_eq!(allowed("/api/v1/tenants"), Some("GET, HEAD"));
        assert_eq!(allowed("/api/v1/tenants/acme"), Some("GET, HEAD, PUT"));
        assert_eq!(allowed("/api/v1/notices/7/retry"), Some("POST"));
        for nowhere in [
            "/",
            "/api/v1",
            "/api/v1/tenants/",
            "/api/v1/tenants/acme/",
            "/api/v1/notices/7",
        ] {
            assert_eq!(allowed(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_path_that_ends_like_the_webhook_s_is_nearly_it() {
        for near in [
            "/webhook",
            "/stripe/webhook",
            "/api/v1/webhook",
            "/api/v1/stripe/webhook/",
            "/api/v1/stripe/webhooks",
            "/api/v1/Stripe/Webhook",
        ] {
            assert!(is_nearly_the_webhook(near), "{near}");
        }
        assert!(!is_nearly_the_webhook("/api/v1/tenants/acme"));
    }
}
