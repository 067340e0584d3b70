//! Errors as a caller sees them: RFC 9457 problem documents, in Dunlin's words.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::lookup::LookupError;

/// A problem document (<https://www.rfc-editor.org/rfc/rfc9457>).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: &'static str,
    /// The problem, for programs.
    pub code: Code,
    /// The problem, for people.
    pub detail: String,
}

/// The word for a problem, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProblemCode)]
pub(crate) enum Code {
    /// The body is not what the route takes.
    InvalidBody,
    /// A query parameter is unknown or makes no sense.
    InvalidQuery,
    /// A part of the path makes no sense.
    InvalidPath,
    /// A tenant id is none.
    InvalidTenantId,
    /// A delivery is not signed.
    SignatureMissing,
    /// The signature cannot be read.
    SignatureMalformed,
    /// The signature has no scheme that is known.
    SignatureNoV1,
    /// The signature is of another secret or body.
    SignatureNoMatch,
    /// The signature is too old.
    SignatureTooOld,
    /// The signature is of a time to come.
    SignatureTooNew,
    /// The body broke off.
    BrokenBody,
    /// There is no API key, or a wrong one.
    Unauthorized,
    /// There is no such thing.
    NotFound,
    /// The path answers other methods.
    MethodNotAllowed,
    /// The body took too long.
    BodyTooSlow,
    /// The customer is bound to another tenant.
    CustomerTaken,
    /// The proposal is decided.
    ProposalIsSettled,
    /// The notice is settled, or being sent.
    NoticeIsSettled,
    /// Stripe cannot be asked without a key of its API.
    NoStripeApiKey,
    /// The tenant is bound to no customer.
    NoCustomer,
    /// The body is too large.
    BodyTooLarge,
    /// The body is encoded.
    EncodedBody,
    /// The body is of another type.
    UnsupportedMediaType,
    /// Stripe could not be asked.
    StripeUnavailable,
    /// It may pass: try again.
    Unavailable,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The seconds after which a caller may try again after a passing failure.
const RETRY_AFTER_SECS: u8 = 5;

impl Problem {
    /// Makes a problem with this status.
    pub(crate) fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Error"),
            code,
            detail: detail.into(),
        }
    }

    /// Makes the problem of an unreadable request.
    pub(crate) fn bad_request(code: Code, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// Makes the problem of a missing resource.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::NotFound, detail)
    }

    /// Makes the problem of a missing tenant.
    pub(crate) fn no_tenant(id: &subscription::TenantId) -> Self {
        Self::not_found(format!("there is no tenant {id}"))
    }

    /// Makes the answer, with a document that holds this problem and more.
    pub(crate) fn response_with(&self, document: &impl Serialize) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.status_code() == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, RETRY_AFTER_SECS.to_string()));
        }
        // The rest of the connection may be a body that nobody reads.
        if self.is_before_the_body() {
            response.force_close();
        }
        let body = serde_json::to_vec(document).unwrap_or_default();
        response.insert_header((CONTENT_TYPE, "application/problem+json")).body(body)
    }

    fn is_before_the_body(&self) -> bool {
        matches!(
            self.code,
            Code::SignatureMissing
                | Code::SignatureMalformed
                | Code::SignatureNoV1
                | Code::SignatureNoMatch
                | Code::SignatureTooOld
                | Code::SignatureTooNew
                | Code::BodyTooLarge
                | Code::BodyTooSlow
                | Code::EncodedBody
        )
    }

    /// Makes the problem of a failure that may pass.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, detail)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.response_with(self)
    }
}

/// A store error is logged here. The caller is told of a passing failure, without the error's text.
impl From<persistence::StoreError> for Problem {
    fn from(error: persistence::StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Self::unavailable("the database cannot be used right now")
    }
}

/// A failed look-up is treated in the same way.
impl From<LookupError> for Problem {
    fn from(error: LookupError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a tenant could not be looked up");
        Self::unavailable("tenants cannot be looked up right now")
    }
}
