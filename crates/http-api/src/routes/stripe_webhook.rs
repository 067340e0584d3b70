//! The webhook route: raw bytes, capped and timed. Nothing is written before the signature is good.

use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::web::{Json, Payload};
use actix_web::{HttpRequest, post};
use intake::{CommitError, clock};
use persistence::UnixMicros;
use serde::Serialize;
use stripe_signature::{MalformedHeader, SignatureError, Verified, Verifier};
use utoipa::ToSchema;

use super::SharedState;
use crate::app_state::AppState;
use crate::body;
use crate::problem::{Code, Problem};
use crate::views::words::{DeliveryStatus, EventOutcome};

const DUPLICATE: &str = "duplicate";

/// The outcome of a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Delivered {
    /// `ok`, or `duplicate` for an event that was delivered before.
    #[schema(value_type = DeliveryStatus)]
    status: &'static str,
    event_id: String,
    #[schema(value_type = EventOutcome)]
    outcome: &'static str,
}

/// Receives the events that Stripe delivers.
///
/// The answer is 200 once the event is durably stored and applied. Any other answer leaves no trace, and Stripe
/// delivers again.
#[utoipa::path(
    operation_id = "deliverStripeEvent",
    tag = "stripe",
    request_body(content = Object, description = "A Stripe event, as signed by Stripe", content_type = "application/json"),
    params(("Stripe-Signature" = String, Header, description = "`t=…,v1=…`")),
    responses(
        (status = 200, body = Delivered),
        (status = 400, description = "The signature is missing or wrong", body = Problem),
        (status = 408, description = "The body took longer than 10 s", body = Problem),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem),
        (status = 415, description = "The body is encoded; signatures are over raw bytes", body = Problem),
        (status = 503, description = "The event cannot be stored now", body = Problem),
    ),
)]
#[post("/api/v1/stripe/webhook")]
pub(super) async fn deliver(request: HttpRequest, payload: Payload, state: SharedState) -> Result<Json<Delivered>, Problem> {
    let began = Instant::now();
    let delivered = take(&request, payload, &state).await;
    let outcome = match &delivered {
        Ok(delivered) if delivered.status == DUPLICATE => DUPLICATE,
        Ok(delivered) => delivered.outcome,
        Err(problem) if problem.status == StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        Err(_) => "refused",
    };
    state.metrics.delivered(outcome, began.elapsed());
    delivered.map(Json)
}

async fn take(request: &HttpRequest, payload: Payload, state: &AppState) -> Result<Delivered, Problem> {
    if request.headers().contains_key(CONTENT_ENCODING) {
        let detail = "send the body as it is: the signature is over its raw bytes";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::EncodedBody, detail));
    }
    let header = signature_header(request)?;
    // A caller without anything like a signature is refused before its body is read.
    state.verifier.check_header(header).map_err(refused)?;
    let body = body::read(request, payload, &state.collected).await?;
    let verified = verify(&state.verifier, header, &body).map_err(|error| {
        match error {
            SignatureError::NoMatch => state.signatures.signed_by_nobody(),
            SignatureError::TooOld { .. } | SignatureError::TooNew { .. } => state.signatures.signed_at_another_time(),
            _ => {}
        }
        refused(error)
    })?;
    state.signatures.signed_by(verified.signed_by());
    let accepted = intake::accept(verified, &state.filter, &state.committer)
        .await
        .map_err(|error| not_stored(&error))?;
    persistence::crash_point("webhook::before_answer");
    if accepted.is_thin && !accepted.receipt.is_duplicate {
        state.metrics.thin.came(&accepted.event_id, Instant::now());
    }
    Ok(Delivered {
        status: if accepted.receipt.is_duplicate { DUPLICATE } else { "ok" },
        event_id: accepted.event_id,
        outcome: accepted.receipt.outcome.as_str(),
    })
}

/// Verifies a delivery. One that Stripe signed at the time of a doubted wall clock confirms that clock.
fn verify<'a>(verifier: &Verifier, header: Option<&[u8]>, body: &'a [u8]) -> Result<Verified<'a>, SignatureError> {
    let at = |now: UnixMicros| verifier.verify(header, body, now.to_unix_seconds().as_secs());
    match at(clock::now()) {
        Err(SignatureError::TooOld { .. } | SignatureError::TooNew { .. }) if let Some(wall) = clock::doubted() => {
            at(wall).inspect(|_| clock::follow())
        }
        verified => verified,
    }
}

/// Returns the `Stripe-Signature` header, if there is one and not several.
fn signature_header(request: &HttpRequest) -> Result<Option<&[u8]>, Problem> {
    let mut lines = request.headers().get_all("stripe-signature");
    let first = lines.next().map(actix_web::http::header::HeaderValue::as_bytes);
    match lines.next() {
        Some(_) => Err(refused(SignatureError::Malformed(MalformedHeader::SeveralHeaders))),
        None => Ok(first),
    }
}

fn refused(error: SignatureError) -> Problem {
    let code = match error {
        SignatureError::Missing => Code::SignatureMissing,
        SignatureError::Malformed(_) => Code::SignatureMalformed,
        SignatureError::NoV1 => Code::SignatureNoV1,
        SignatureError::TooOld { .. } => Code::SignatureTooOld,
        SignatureError::TooNew { .. } => Code::SignatureTooNew,
        SignatureError::NoMatch => Code::SignatureNoMatch,
    };
    tracing::warn!(reason = %code, "a delivery was refused");
    let detail = match error {
        SignatureError::Malformed(why) => format!("{error}: {why}"),
        _ => error.to_string(),
    };
    Problem::bad_request(code, detail)
}

fn not_stored(error: &CommitError) -> Problem {
    tracing::error!(error = error as &dyn std::error::Error, "a delivery could not be stored");
    Problem::unavailable("the event could not be stored now; nothing of it was kept")
}
